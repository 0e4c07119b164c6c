import { toBase64url } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import {
  armMs,
  buttonAtStart,
  type Gesture,
  holdMs,
  nextLookMs,
  readButton,
  stuckMs,
  warnMs,
} from "../../device/setup/button.ts";
import {
  parseEndpoint,
  parseOwner,
  parseWifi,
  readClaim,
  writeClaim,
} from "../../device/setup/claim.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { NorModel } from "../nor-model.ts";
import { improvCases } from "../setup/improv.cases.ts";
import { requestCases } from "../setup/request.cases.ts";
import { stationCases } from "../setup/station.cases.ts";
import { windowCases } from "../setup/window.cases.ts";
import type { Suite } from "../suite.ts";

/** Plays levels at times and collects the gestures. */
function play(steps: readonly (readonly [down: boolean, atMs: number])[], down = false): Gesture[] {
  let button = buttonAtStart(down);
  const gestures: Gesture[] = [];
  for (const [level, atMs] of steps) {
    const step = readButton(button, level, atMs);
    button = step.button;
    if (step.gesture) gestures.push(step.gesture);
  }
  return gestures;
}

const claim = {
  wifi: { ssid: "Home", password: "correct horse" },
  broker: { host: "broker.example", port: 8883, spreadS: 90 },
  owner: new Uint8Array(32).fill(7),
};

const setup: Suite = {
  room: "setup",
  cases: {
    "a tap is a tap, a hold is answered once, while it is held": (check) => {
      check.equal(
        play([
          [true, 0],
          [false, 200],
        ]),
        ["tap"],
      );
      check.equal(
        play([
          [true, 100],
          [true, 100 + holdMs],
          [true, 5_000],
          [false, 5_100],
        ]),
        ["hold"],
      );
    },
    "held on it warns, and letting go then cancels; held to the end, letting go wipes": (check) => {
      const held = (upAtMs: number) =>
        play([
          [true, 0],
          [true, holdMs],
          [true, warnMs],
          ...(upAtMs >= armMs ? ([[true, armMs]] as const) : []),
          ...(upAtMs >= stuckMs ? ([[true, stuckMs]] as const) : []),
          [false, upAtMs],
        ]);
      check.equal(held(armMs - 1), ["hold", "warn", "cancel"]);
      check.equal(held(armMs + 1), ["hold", "warn", "arm", "wipe"]);
      check.equal(held(stuckMs + 1), ["hold", "warn", "arm", "cancel"], "stuck in mid-life");
    },
    "a device too busy to show the warning does not wipe": (check) => {
      check.equal(
        play([
          [true, 0],
          [false, armMs + 5_000],
        ]),
        ["hold"],
      );
      check.equal(
        play([
          [true, 0],
          [true, holdMs],
          [false, armMs + 5_000],
        ]),
        ["hold"],
      );
    },
    "it is looked at again when the next thing is due, and not for ever": (check) => {
      let { button } = readButton(buttonAtStart(false), true, 100);
      const looks: (number | undefined)[] = [];
      for (let look = nextLookMs(button); look !== undefined; look = nextLookMs(button)) {
        looks.push(look);
        button = readButton(button, true, look).button;
      }
      check.equal(
        looks,
        [holdMs, warnMs, armMs, stuckMs].map((ms) => ms + 100),
      );
      check.equal(nextLookMs(buttonAtStart(true)), undefined, "stuck at the start");
    },
    "a bounce is nothing": (check) => {
      check.equal(
        play([
          [true, 0],
          [false, 5],
          [true, 8],
          [false, 12],
        ]),
        [],
      );
    },
    "a button that is stuck at the start never opens the window": (check) => {
      check.equal(
        play(
          [
            [true, 5_000],
            [true, 12_000],
            [true, 60_000],
            [false, 60_100],
          ],
          true,
        ),
        [],
      );
      check.equal(
        play(
          [
            [true, 5_000],
            [false, 6_000],
            [true, 7_000],
            [false, 7_100],
          ],
          true,
        ),
        ["tap"],
      );
    },
    "Wi-Fi credentials are of the standard's size or refused": (check) => {
      check.ok(parseWifi({ ssid: "Café", password: "" }), "open network");
      check.ok(parseWifi({ ssid: "a".repeat(32), password: "12345678" }), "longest name");
      for (const value of [
        { ssid: "é".repeat(17), password: "" },
        { ssid: "", password: "" },
        { ssid: "a", password: "short" },
        { ssid: "a", password: "x".repeat(64) },
        { ssid: "a", password: "eight\nlines" },
        { ssid: "a" },
        { ssid: "a", password: "", extra: 1 },
        [],
        null,
        "a",
      ])
        check.equal(parseWifi(value), undefined, JSON.stringify(value));
    },
    "a broker is a name and a port, never an address with something behind it": (check) => {
      check.ok(parseEndpoint({ host: "broker.example", port: 8883 }));
      for (const host of [
        "",
        "BROKER",
        "a b",
        "a/b",
        "a:1",
        "-a",
        "a..b",
        "a".repeat(64),
        "user@host",
        "a\u0000",
      ])
        check.equal(parseEndpoint({ host, port: 8883 }), undefined, host);
      for (const port of [0, 65536, 1.5, "8883", Number.NaN, undefined])
        check.equal(parseEndpoint({ host: "a", port }), undefined, String(port));
    },
    "an owner's key is 32 bytes in one spelling": (check) => {
      const spelt = toBase64url(claim.owner);
      check.equal(parseOwner(spelt), claim.owner);
      check.equal(parseOwner(`${spelt}=`), undefined);
      check.equal(parseOwner(spelt.slice(0, -1)), undefined);
      check.equal(parseOwner(1), undefined);
    },
    "a claim reads back whole; a record of another shape is no claim": (check) => {
      const store = openKeyValue(new NorModel(2));
      check.equal(readClaim(store), undefined);
      writeClaim(store, claim);
      check.equal(readClaim(store), claim);
      store.write("claim", encodeText('{"wifi":{}}'));
      check.equal(readClaim(store), undefined);
      check.equal(readClaim(undefined), undefined);
    },
  },
};

export const suites: Suite[] = [
  setup,
  { room: "setup/improv", cases: improvCases },
  { room: "setup/request", cases: requestCases },
  { room: "setup/station", cases: stationCases },
  { room: "setup/window", cases: windowCases },
];
