import { linkLimits } from "../../device/link/link-limits.ts";
import { fromBase64url } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { askedNothing } from "../../device/privacy/consent.ts";
import { declared } from "../../device/privacy/data-map.ts";
import { discoveryOf } from "../../device/privacy/home-assistant.ts";
import { sightOf } from "../../device/privacy/sight.ts";
import { crypto } from "../crypto.ts";
import type { Case } from "../suite.ts";

const claim = {
  wifi: { ssid: "Attic", password: "moved upstairs" },
  broker: { host: "broker.example", port: 8883, spreadS: 0 },
  owner: new Uint8Array(32).fill(7),
};
const entry = (sequence: number) => ({ sequence, at: 1_800_000_000, event: "reset" as const });
const held = {
  claim,
  consents: askedNothing,
  quiet: "01:00-05:00 UTC",
  since: 2,
  entries: [1, 2, 3, 4].map(entry),
};
const announced = {
  id: "0123456789abcdefghjkmnpqrs",
  name: "Thirteen Lamp",
  model: "T13-LAMP-1",
  maker: "Sample Maker Ltd",
  firmware: "0.1.0",
};

export const sightCases: Record<string, Case> = {
  "the owner sees what is held, her choices and what happened, and no password"(check) {
    const parts = sightOf(held, crypto);
    check.equal(parts[0]?.ssid, "Attic");
    check.equal(fromBase64url(parts[0]?.key ?? "")?.length, 8);
    check.equal(
      parts
        .filter(({ part }) => part === "choice")
        .map(({ agreedTo, granted }) => [agreedTo, granted]),
      [
        ["climate", false],
        ["diagnostics", false],
        ["home-assistant", false],
      ],
    );
    check.equal(parts[parts.length - 1]?.parts, parts.length);
    check.ok(!JSON.stringify(parts).includes(claim.wifi.password));
  },
  "whom to tell of a weakness is in the answer, as security.txt has it"(check) {
    const parts = sightOf(held, crypto);
    const said = parts.find(({ part }) => part === "maker")?.disclosure ?? "";
    check.ok(/^Contact: mailto:\S+@\S+$/m.test(said), "a contact");
    check.ok(/^Expires: \d{4}-\d\d-\d\dT/m.test(said), "an end");
    check.ok(encodeText(JSON.stringify(parts)).length <= linkLimits.messageBytes, "in its size");
  },
  "what happened before an owner's time is not hers to see"(check) {
    const events = sightOf(held, crypto).filter(({ part }) => part === "event");
    check.equal(
      events.map(({ sequence }) => sequence),
      [3, 4],
    );
  },
  "every field of what is shown is in the data map"(check) {
    for (const report of sightOf(held, crypto))
      check.equal(
        declared("sight", report, () => false),
        report,
      );
  },
  "Home Assistant is told of the climate only when that is agreed to, in one message"(check) {
    const bare = JSON.parse(discoveryOf({ ...announced, climate: false }));
    check.equal(Object.keys(bare.cmps), ["lamp", "firmware", "security_event"]);
    const text = discoveryOf({ ...announced, climate: true });
    check.equal(Object.keys(JSON.parse(text).cmps).length, 5);
    check.ok(
      encodeText(text).length <= linkLimits.messageBytes,
      `${encodeText(text).length} bytes`,
    );
    for (const { p, uniq_id } of Object.values<{ p: string; uniq_id: string }>(bare.cmps)) {
      check.ok(["light", "sensor", "update"].includes(p), p);
      check.ok(uniq_id.startsWith(announced.id), uniq_id);
    }
  },
};
