/** The owner's quiet hours: set by her order, hers alone, and never in the way of an update for ever. */
import { decodeCommand } from "../../device/commands/decode.ts";
import { ownerRecords } from "../../device/privacy/owner-records.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { usualQuietHours } from "../../device/update/policy.ts";
import {
  inWords,
  quietHoursOf,
  readQuietHours,
  writeQuietHours,
} from "../../device/update/quiet-hours.ts";
import { bytesOf, claims, crafted, lampSet } from "../commands/owner.ts";
import { NorModel } from "../nor-model.ts";
import type { Case } from "../suite.ts";

export const cases: Readonly<Record<string, Case>> = {
  "what an owner sets is kept for her; without an owner the usual hours hold": (check) => {
    const flash = new NorModel(4);
    check.equal(readQuietHours(undefined), usualQuietHours);
    check.equal(readQuietHours(ownerRecords(openKeyValue(flash))), usualQuietHours);
    writeQuietHours(ownerRecords(openKeyValue(flash)), { from: 1320, to: 360 });
    check.equal(readQuietHours(ownerRecords(openKeyValue(flash))), { from: 1320, to: 360 });
    check.equal(inWords({ from: 1320, to: 365 }), "22:00-06:05 UTC");
  },

  "hours that are none, or would never come, are refused": (check) => {
    check.equal(quietHoursOf(0, 1439), { from: 0, to: 1439 });
    for (const [from, to] of [
      [60, 60],
      [-1, 60],
      [0, 1440],
      [0.5, 60],
      ["1", 2],
      [undefined, 2],
    ])
      check.equal(quietHoursOf(from, to), undefined, `${from} to ${to}`);
  },

  "only an order that the owner signed can set them": (check) => {
    const plain = bytesOf('{"v":1,"id":"a","cmd":"quiet-hours","args":{"from":1,"to":2}}');
    check.equal(decodeCommand(plain, lampSet), { refused: "not-signed" });
    const order = (args: object) =>
      decodeCommand(bytesOf(crafted({ ...claims, cmd: "quiet-hours", args })), lampSet);
    const good = order({ from: 1320, to: 360 });
    check.equal("action" in good && good.action, { cmd: "quiet-hours", from: 1320, to: 360 });
    check.equal(order({ from: 60, to: 60 }), { refused: "bad-field" });
    check.equal(order({ from: 60, to: 90, more: 1 }), { refused: "unknown-field" });
  },
};
