import type { ResetReason } from "../../device/platform/platform.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { countStart, judgeRestart, loopLength, stayMs } from "../../device/storage/restart-loop.ts";
import { NorModel } from "../nor-model.ts";
import type { Case } from "../suite.ts";

const bad: readonly ResetReason[] = [
  "watchdog",
  "memory-full",
  "stack-overflow",
  "exception",
  "brown-out",
];

/** The modes of a unit that starts for these reasons, one after the other. */
function modes(reasons: readonly ResetReason[]): string[] {
  const store = openKeyValue(new NorModel(4));
  return reasons.map((reason) => countStart(store, reason).mode);
}

export const restartLoopCases: Readonly<Record<string, Case>> = {
  "a unit that keeps dying comes up in safe mode, whatever it dies of"(check) {
    for (const reason of bad)
      check.equal(modes(new Array<ResetReason>(8).fill(reason)), [
        ...["whole", "whole", "whole", "whole"],
        ...["safe", "safe", "bare", "bare"],
      ]);
  },
  "pulling the plug and ordered restarts are no loop"(check) {
    const often: ResetReason[] = [];
    for (let count = 0; count < 20; count++) often.push("power-on", "restart");
    check.ok(
      modes(often).every((mode) => mode === "whole"),
      "never safe mode",
    );
  },
  "the plug gives a unit in safe mode one whole try, and the next death counts on"(check) {
    check.equal(modes([...bad, "power-on", "exception", "restart", "exception"]).slice(4), [
      "safe",
      "whole",
      "safe",
      "whole",
      "bare",
    ]);
  },
  "a sound life ends the count"(check) {
    const store = openKeyValue(new NorModel(4));
    for (const reason of bad) countStart(store, reason);
    countStart(store, "restart").sound();
    check.equal(countStart(store, "exception").badLives, 1);
    check.equal(countStart(store, "power-on").badLives, 1);
  },
  "safe mode lasts longer each time, and never longer than six hours"(check) {
    check.equal(stayMs(loopLength), 600_000);
    check.equal(stayMs(loopLength + 1), 1_200_000);
    check.equal(stayMs(20), 6 * 3_600_000);
  },
  "a loop that goes on writes no more, and says no more"(check) {
    const flash = new NorModel(4);
    const store = openKeyValue(flash);
    for (let count = 0; count < 30; count++) countStart(store, "exception");
    const before = flash.operations;
    for (let count = 0; count < 1_000; count++)
      check.equal(countStart(store, "exception").news, false);
    check.equal(flash.operations, before);
    check.equal(countStart(store, "power-on").news, true);
  },
  "a store that is full costs a unit its count, not its life"(check) {
    const store = openKeyValue(new NorModel(2));
    // To the last byte: big ones first, then as small as they come.
    for (const size of [1_000, 100, 1])
      try {
        for (let filler = 0; filler < 1_000; filler++)
          store.write(`${size}/${filler}`, new Uint8Array(size));
      } catch {}
    check.equal(countStart(store, "exception").mode, "whole");
  },
  "the first start takes the count's room: who fills the store later takes no safe mode"(check) {
    const store = openKeyValue(new NorModel(2));
    countStart(store, "power-on").sound();
    for (const size of [1_000, 100, 1])
      try {
        for (let filler = 0; filler < 1_000; filler++)
          store.write(`${size}/${filler}`, new Uint8Array(size));
      } catch {}
    for (const reason of bad.slice(1)) countStart(store, reason);
    const starts = countStart(store, "exception");
    check.equal(starts.mode, "safe");
    starts.sound();
    check.equal(countStart(store, "exception").badLives, 1, "and forgets it again");
  },
  "control: a count in RAM never notices"(check) {
    check.equal(judgeRestart(0, "exception").mode, "whole");
  },
};
