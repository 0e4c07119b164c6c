import { dataMap, declared, type OwnerRecord, type Report } from "../../device/privacy/data-map.ts";
import type { Datum } from "../../device/privacy/datum.ts";
import { ownerRecords } from "../../device/privacy/owner-records.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { NorModel } from "../nor-model.ts";
import type { Case } from "../suite.ts";

const map: Readonly<Record<string, Datum>> = dataMap;
const everything = () => true;
const nothing = () => false;

export const mapCases: Record<string, Case> = {
  "what the data map does not hold does not leave, by name or by type"(check) {
    const smuggled = { lamp: true, password: "x", toString: "y", temperature: "hot" };
    check.equal(declared("state", smuggled as unknown as Report, everything), { lamp: true });
  },
  "what is held and never sent does not leave, nor by another kind of message than its own"(check) {
    const secrets = { wifiPassword: "x", deviceKey: "y", ssid: "Home" } as unknown as Report;
    for (const kind of ["state", "event", "diagnostics", "discovery"] as const)
      check.equal(declared(kind, secrets, everything), {}, kind);
    check.equal(declared("sight", secrets, everything), { ssid: "Home" }, "the owner has asked");
    check.equal(declared("event", { lamp: true, event: "reset" }, everything), { event: "reset" });
  },
  "before consent nothing leaves but what is needed"(check) {
    for (const [name, { type, sent, consent }] of Object.entries(map))
      for (const kind of sent) {
        const value = { boolean: true, number: 1, string: "x", bytes: undefined }[type];
        const left = Object.keys(declared(kind, { [name]: value } as Report, nothing));
        check.equal(left, consent === "none" ? [name] : [], `${name} by ${kind}`);
      }
  },
  "a purpose lets its own data out and no other's"(check) {
    const report = { lamp: true, temperature: 20, humidity: 0.5, installed: "1.0.0" };
    check.equal(
      declared("state", report, (purpose) => purpose === "climate"),
      { lamp: true, temperature: 20, humidity: 0.5 },
    );
    check.equal(
      declared("state", report, (purpose) => purpose === "home-assistant"),
      { lamp: true, installed: "1.0.0" },
    );
  },
  "every datum says what it is for, by what right, for whom and for how long"(check) {
    for (const [name, datum] of Object.entries(map)) {
      check.ok(datum.purpose.length > 10, name);
      check.equal(datum.consent !== "none", datum.basis === "consent", `${name}: consent`);
      check.ok(!(datum.personal && datum.basis === "not-personal"), `${name}: basis`);
      check.ok(!(datum.sensitive && !datum.personal), `${name}: sensitive`);
      check.ok(datum.sent.length > 0 || datum.type === "bytes" || name === "wifiPassword", name);
    }
  },
  "a record that the map does not name cannot be stored under the owner"(check) {
    const store = openKeyValue(new NorModel(2));
    const owner = ownerRecords(store);
    owner.write("claim", new Uint8Array(3));
    check.throws(() => owner.write("diary" as OwnerRecord, new Uint8Array(3)));
    check.equal(store.keys(), ["claim"]);
  },
};
