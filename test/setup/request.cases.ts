import { toBase64url } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { grantSetUp, parseRequest } from "../../device/setup/request.ts";
import type { Case } from "../suite.ts";

const owner = new Uint8Array(32).fill(7);
const good = {
  do: "set-up",
  wifi: { ssid: "Home", password: "correct horse" },
  broker: { host: "broker.example", port: 8883, spreadS: 20 },
  owner: toBase64url(owner),
  time: 1_800_000_000,
};
const parse = (value: unknown) => parseRequest(encodeText(JSON.stringify(value)));

export const requestCases: Readonly<Record<string, Case>> = {
  "a request is exactly one of two shapes"(check) {
    check.equal(parse({ do: "status" }), { do: "status" });
    check.equal(parse(good), { ...good, owner });
    const bad = [
      { do: "status", more: 1 },
      { do: "wipe" },
      { ...good, do: "status" },
      { ...good, extra: true },
      { ...good, time: -1 },
      { ...good, time: 1.5 },
      { ...good, owner: "short" },
      { ...good, broker: { host: "a" } },
      { ...good, broker: { ...good.broker, spreadS: 301 } },
      { ...good, broker: { ...good.broker, spreadS: -1 } },
      { ...good, broker: { ...good.broker, spreadS: "20" } },
      { ...good, wifi: null },
      [],
      null,
    ];
    for (const value of bad) check.equal(parse(value), undefined, JSON.stringify(value));
    check.equal(parseRequest(encodeText("{")), undefined);
    check.equal(parseRequest(new Uint8Array([0xff])), undefined);
  },
  "a broker that says nothing of its fleet gets the usual spread"(check) {
    const { host, port } = good.broker;
    const request = parse({ ...good, broker: { host, port } });
    check.equal(request?.do === "set-up" && request.broker.spreadS, 60);
  },
  "the first who proves presence and label becomes the owner"(check) {
    const request = parse(good);
    if (request?.do !== "set-up") throw new Error("not parsed");
    check.equal(grantSetUp(request, undefined), { wifi: good.wifi, broker: good.broker, owner });
  },
  "a borrowed label does not take the device away; its owner may move it"(check) {
    const request = parse(good);
    if (request?.do !== "set-up") throw new Error("not parsed");
    const current = { wifi: good.wifi, broker: good.broker, owner: new Uint8Array(32).fill(8) };
    check.equal(grantSetUp(request, current), "owned-by-another");
    check.ok(typeof grantSetUp(request, { ...current, owner }) === "object", "same owner");
  },
};
