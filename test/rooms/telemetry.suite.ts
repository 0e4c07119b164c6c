import { decodeText, encodeText } from "../../device/platform/text.ts";
import { type KeyValue, openKeyValue } from "../../device/storage/key-value.ts";
import { openTimeFloor } from "../../device/storage/time-floor.ts";
import type { Stored } from "../../device/telemetry/chain.ts";
import { journalCapacity, openJournal } from "../../device/telemetry/journal.ts";
import { FakePlatform } from "../fake-platform.ts";
import { NorModel, PowerGone } from "../nor-model.ts";
import { prng } from "../prng.ts";
import type { Suite } from "../suite.ts";
import { anomalyCases } from "../telemetry/anomaly.cases.ts";

const board = new FakePlatform().platform;

function bench(flash = new NorModel(6)) {
  let ticks = 0;
  const told: Stored[] = [];
  const open = () =>
    openJournal(
      openKeyValue(flash),
      board,
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
  { room: "telemetry/anomaly", cases: anomalyCases },
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
      "an entry taken out, changed, moved or forged shows at the next start": (check) => {
        const journalOf = (change: (system: KeyValue) => void, count = 30) => {
          const { flash, open } = bench();
          const journal = open();
          for (let index = 0; index < count; index++) journal.record("reset", `r${index}`);
          change(openKeyValue(flash));
          return open().whole;
        };
        const of = (system: KeyValue, slot: number) => system.read(`journal${slot}`) as Uint8Array;
        const text = (system: KeyValue, slot: number) => decodeText(of(system, slot)) as string;
        check.equal(
          journalOf(() => {}),
          true,
          "untouched",
        );
        check.equal(
          journalOf(() => {}, 3),
          true,
          "not full yet",
        );
        // 30 entries in 24 slots: the newest, 30, is in slot 6; the oldest, 7, in slot 7.
        const changes: Record<string, (system: KeyValue) => void> = {
          "from the middle": (system) => system.delete("journal20"),
          "the oldest": (system) => system.delete("journal7"),
          changed: (system) =>
            system.write("journal20", encodeText(text(system, 20).replace("r19", "r91"))),
          swapped: (system) => {
            const [a, b] = [of(system, 20), of(system, 21)];
            system.write("journal20", b);
            system.write("journal21", a);
          },
          "an older one in a newer one's place": (system) =>
            system.write(
              "journal5",
              encodeText(text(system, 20).replace('"sequence":20', '"sequence":5')),
            ),
          "without its mark": (system) =>
            system.write("journal6", encodeText(text(system, 6).replace(/,"after.*/, "}"))),
          rubbish: (system) => system.write("journal6", encodeText("{")),
          "under another key": (system) => system.delete("journal-key"),
        };
        for (const [what, change] of Object.entries(changes))
          check.equal(journalOf(change), false, what);
      },
      "power cut at any flash operation of a record leaves a chain that is whole": (check) => {
        const dry = bench(new NorModel(2, 1024));
        const fill = (open: () => ReturnType<typeof openJournal>) => {
          const journal = open();
          for (let index = 0; index < 8; index++) journal.record("reset", `r${index}`);
        };
        fill(dry.open);
        let wrong = 0;
        for (let operation = 1; operation <= dry.flash.operations; operation++)
          for (const phase of ["before", "during", "after"] as const) {
            const { flash, open } = bench(new NorModel(2, 1024));
            flash.cut = { operation, phase, random: prng(operation) };
            try {
              fill(open);
            } catch (error) {
              if (!(error instanceof PowerGone)) throw error;
            }
            flash.restore();
            const journal = open();
            journal.record("reset", "brown-out");
            if (!journal.whole || !open().whole) wrong++;
          }
        check.equal(wrong, 0, `of ${3 * dry.flash.operations}`);
      },
      "entries of an older firmware are taken over, and those without room are no tampering": (
        check,
      ) => {
        const { flash, open } = bench();
        const older = { sequence: 1, at: 5, event: "reset" };
        openKeyValue(flash).write("journal1", encodeText(JSON.stringify(older)));
        const journal = open();
        check.equal(journal.whole, true);
        journal.record("reset", "first");
        const system = openKeyValue(flash);
        system.write("big", new Uint8Array(3000));
        for (const size of [1_000, 100, 1])
          try {
            for (let filler = 0; filler < 1_000; filler++)
              system.write(`${size}/${filler}`, new Uint8Array(size));
          } catch {}
        const full = open();
        full.record("reset", "no room");
        const again = openKeyValue(flash);
        again.delete("big");
        const later = open();
        later.record("reset", "room");
        check.equal(
          open()
            .entries()
            .map(({ reason }) => reason),
          [undefined, "first", "room"],
        );
        check.equal(open().whole, true);
      },
      "what is told carries the links of its chain, and none where there was no room for it": (
        check,
      ) => {
        const { open, told, flash } = bench();
        const journal = open();
        for (const reason of ["a", "b", "c"]) journal.record("reset", reason);
        for (const [index, { sequence, after, prev, mark }] of told.entries()) {
          check.equal(mark?.length, 16);
          check.equal([after, prev], index === 0 ? [0, ""] : [sequence - 1, told[index - 1]?.mark]);
        }
        check.equal(
          journal.entries().map(({ mark }) => mark),
          told.map(({ mark }) => mark),
        );
        const system = openKeyValue(flash);
        for (const size of [3_000, 1_000, 100, 1])
          try {
            for (let filler = 0; filler < 1_000; filler++)
              system.write(`${size}/${filler}`, new Uint8Array(size));
          } catch {}
        open().record("reset", "no room");
        check.equal([told.at(-1)?.sequence, told.at(-1)?.mark], [4, undefined]);
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
