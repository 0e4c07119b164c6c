import { encodeText } from "../../device/platform/text.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { openTimeFloor } from "../../device/storage/time-floor.ts";
import { type JournalEntry, journalCapacity, openJournal } from "../../device/telemetry/journal.ts";
import { NorModel } from "../nor-model.ts";
import type { Suite } from "../suite.ts";

function bench(flash = new NorModel(6)) {
  let ticks = 0;
  const told: JournalEntry[] = [];
  const open = () =>
    openJournal(
      openKeyValue(flash),
      () => 1000 + ticks / 1000,
      () => ticks,
      (entry) => told.push(entry),
    );
  const advance = (ms: number) => {
    ticks += ms;
  };
  return { flash, told, open, advance };
}

export const suites: readonly Suite[] = [
  {
    room: "telemetry",
    cases: {
      "an event survives a restart, and numbering goes on": (check) => {
        const { open, told } = bench();
        open().record("pairing-refused", "wrong-password");
        const journal = open();
        journal.record("reset", "watchdog");
        check.equal(
          journal.entries().map((entry) => [entry.sequence, entry.event, entry.reason]),
          [
            [1, "pairing-refused", "wrong-password"],
            [2, "reset", "watchdog"],
          ],
        );
        check.equal(told.length, 2);
      },
      "a storm of one event is counted, not written": (check) => {
        const { open, flash, advance } = bench();
        const journal = open();
        const before = flash.operations;
        for (let index = 0; index < 500; index++) journal.record("command-refused", "replayed");
        check.equal(flash.operations - before, 1);
        advance(60_000);
        journal.record("command-refused", "replayed");
        check.equal(
          journal.entries().map((entry) => entry.times),
          [undefined, 500],
        );
      },
      "strangers do not wear out the flash; the unit's own events are always written": (check) => {
        const { open, flash, advance } = bench();
        const journal = open();
        const before = flash.operations;
        const minutes = 24 * 60;
        for (let minute = 0; minute < minutes; minute++) {
          for (const reason of ["replayed", "not-signed", "too-large", "not-json"])
            journal.record("command-refused", reason);
          advance(60_000);
        }
        const writes = flash.operations - before;
        // 40 and 48 writes, and the erases and copies that make room for them; without a budget 5,760.
        check.ok(writes > 80 && writes < 200, `${writes} flash operations in a day`);
        const wiped = flash.operations;
        for (let count = 0; count < 10; count++) journal.record("reset", `r${count}`);
        check.ok(flash.operations - wiped >= 10, "its own");
        advance(3_600_000);
        journal.record("command-refused", "replayed");
        check.ok((journal.entries().at(-1)?.times ?? 0) > 1, "what was not written was counted");
      },
      "the journal is bounded: the oldest goes first": (check) => {
        const { open, advance } = bench();
        const journal = open();
        for (let index = 0; index < journalCapacity + 5; index++) {
          journal.record("reset", `r${index}`);
          advance(1000);
        }
        const entries = journal.entries();
        check.equal(entries.length, journalCapacity);
        check.equal(entries[0]?.sequence, 6);
      },
      "the time floor only moves forward, across restarts and lying clocks": (check) => {
        const system = openKeyValue(new NorModel(2));
        let ticks = 0;
        let wall: number | undefined;
        const clock = { ticks: () => ticks, wall: () => wall };
        const floor = openTimeFloor(system, clock, 1_000_000);
        check.equal(floor.now(), 1_000_000);
        ticks = 5_000;
        check.equal(floor.now(), 1_000_005);
        floor.raise(2_000_000);
        floor.raise(1_500_000);
        check.equal(floor.now(), 2_000_000);
        wall = 0;
        check.equal(floor.now(), 2_000_000, "a clock that went back to 1970");
        wall = 4_294_967_295;
        check.equal(floor.now(), 4_294_967_295, "a clock in 2106 can only expire things");
        wall = undefined;
        check.equal(openTimeFloor(system, clock, 1_000_000).now(), 2_000_000, "after a restart");
        floor.raise(Number.NaN);
        floor.raise(1e12);
        check.equal(floor.now(), 2_000_000, "nonsense");
      },
      "raising the floor by seconds does not wear the flash": (check) => {
        const flash = new NorModel(2);
        const system = openKeyValue(flash);
        const floor = openTimeFloor(system, { ticks: () => 0, wall: () => undefined }, 1_000_000);
        const before = flash.operations;
        for (let second = 1; second <= 7200; second++) floor.raise(1_000_000 + second);
        check.ok(flash.operations - before <= 3, "writes in two hours");
      },
      "a damaged time floor is no floor, not a crash": (check) => {
        const system = openKeyValue(new NorModel(2));
        system.write("time-floor", encodeText("abc"));
        check.equal(openTimeFloor(system, { ticks: () => 0, wall: () => undefined }, 5).now(), 5);
      },
    },
  },
];
