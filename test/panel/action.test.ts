import test from "ava";
import { readAction } from "../../host-sim/panel/action.ts";
import { fakePassword } from "./fake-desk.ts";

const setUp = { type: "set-up", password: fakePassword, ssid: "Desk network" };

test("every action is read as it was sent", (t) => {
  const actions = [
    { type: "plug" },
    { type: "unplug" },
    { type: "press" },
    { type: "release" },
    { type: "cable", in: false },
    { type: "cover", covered: true },
    setUp,
    { ...setUp, wifiPassword: "a good long one" },
    { type: "lamp", on: true },
    { type: "attack", name: "wrong-password" },
    { type: "clear-timeline" },
    { type: "consent", purpose: "climate", granted: true },
    { type: "sight" },
    { type: "export" },
    { type: "hand-on", key: "A".repeat(43) },
    { type: "erase-everything" },
    { type: "update", wish: "postpone" },
    { type: "publish", quality: "bad" },
    { type: "halt" },
  ];
  for (const action of actions) t.deepEqual(readAction(action), { action } as never);
});

test("fields that do not belong are left behind", (t) => {
  const read = readAction({ type: "cable", in: true, extra: 1, __proto__: { on: true } });
  t.deepEqual(read, { action: { type: "cable", in: true } });
});

for (const bad of [
  undefined,
  null,
  7,
  "plug",
  [],
  ["plug"],
  {},
  { type: "toString" },
  { type: "wipe" },
  { type: "cable" },
  { type: "cable", in: "yes" },
  { type: "cover", covered: 1 },
  { type: "set-up" },
  { ...setUp, password: fakePassword.slice(1) },
  { ...setUp, password: 16 },
  { ...setUp, ssid: "" },
  { ...setUp, ssid: "ü".repeat(17) },
  { ...setUp, wifiPassword: "short" },
  { ...setUp, wifiPassword: "x".repeat(64) },
  { ...setUp, wifiPassword: null },
  { type: "lamp" },
  { type: "lamp", on: "true" },
  { type: "attack" },
  { type: "consent", purpose: "everything", granted: true },
  { type: "consent", purpose: "climate" },
  { type: "hand-on", key: "A".repeat(44) },
  { type: "update", wish: "never" },
  { type: "publish" },
  { type: "attack", name: "../x" },
  { type: "attack", name: "" },
])
  test(`refused with a sentence: ${JSON.stringify(bad) ?? "nothing"}`, (t) => {
    const read = readAction(bad);
    if (!("message" in read)) return t.fail("was taken for an action");
    t.regex(read.message, /^[A-Z].*\.$/);
    t.false(read.message.includes("x".repeat(64)), "a typed secret is not repeated");
  });

test("a password of the wrong length is counted, not repeated", (t) => {
  const read = readAction({ ...setUp, password: "7G2K-9QX" });
  t.true("message" in read && read.message.includes("you entered 7"));
  t.false("message" in read && read.message.includes("7G2K"));
});
