/** The slots on every engine: what is written, tried, kept and given up. */
import { checkpointBytes, SpareWriter } from "../../device/update/spare-writer.ts";
import type { NorModel, Phase } from "../nor-model.ts";
import { prng } from "../prng.ts";
import type { Case } from "../suite.ts";
import { bring, hashOf, offerOf, SlotBoard, slotBlocks } from "./slot-board.ts";

const nothing = () => {};
/** A board whose spare slot holds `offer`, started. */
function boardWith(offer = offerOf(1, 9_000, 2)) {
  const board = new SlotBoard();
  const slots = board.boot();
  bring(slots, offer);
  return { board, slots, offer };
}

/** The same, one step on: the image is on trial. */
function boardTrying(offer = offerOf(1, 9_000, 2)) {
  const { board, slots } = boardWith(offer);
  board.live(() => slots.install(nothing));
  return { board, slots: board.boot("restart"), offer };
}

export const cases: Readonly<Record<string, Case>> = {
  "an image is written, verified, tried, confirmed; then the floor is raised": (check) => {
    const { board, slots, offer } = boardWith();
    check.ok(board.holds("slot1", offer));
    check.equal(slots.waiting?.sha256, hashOf(offer));
    check.equal(
      board.live(() => slots.install(nothing)),
      "restarted",
    );
    const tried = board.boot("restart");
    check.equal([board.running, board.state, tried.start.next], ["slot1", "pending", "self-check"]);
    check.equal(tried.floor, 0, "floor before it is confirmed");
    tried.confirm();
    check.equal([tried.floor, tried.trial], [2, undefined]);
    check.equal(board.boot("restart").start.next, "settled");
    check.equal(board.running, "slot1");
  },

  "rollback floor raised too early (mcuboot 1708): never before the bootloader keeps the image": (
    check,
  ) => {
    const { board, slots } = boardTrying();
    const system = board.flash.system as NorModel;
    system.cut = { operation: system.operations + 1, phase: "before", random: prng(1) };
    check.equal(
      board.live(() => slots.confirm()),
      "cut",
    );
    check.equal(board.log.slice(-1), ["confirm"], "the board was told first");
    const after = board.boot();
    check.equal([after.start.report, after.floor], ["confirmed", 2], "made up for at the start");
  },

  "rollback floor not raised at all (mcuboot 1708): an older image, and the same again, are refused":
    (check) => {
      const { slots } = boardTrying();
      slots.confirm();
      check.equal(slots.floor, 2);
      const later = boardTrying(offerOf(1, 9_000, 2)).board;
      const fresh = later.boot("restart");
      check.equal(fresh.floor, 0, "negative control: without confirmation the floor stays");
      const confirmedBoard = boardTrying();
      confirmedBoard.slots.confirm();
      const next = confirmedBoard.board.boot("restart");
      for (const counter of [1, 2])
        check.equal(bring(next, offerOf(7, 5_000, counter)), "below-floor", `counter ${counter}`);
      check.equal(bring(next, offerOf(7, 5_000, 3)), "whole", "negative control");
    },

  "image confirmed too early (arduino-esp32 6936): any reset before leads back": (check) => {
    for (const reason of ["power-on", "restart", "exception", "watchdog"] as const) {
      const { board } = boardTrying();
      const back = board.boot(reason);
      check.equal(board.running, "slot0", reason);
      check.equal(back.floor, 0);
      check.equal(
        back.start.report,
        reason === "power-on" || reason === "restart" ? "interrupted" : "crashed",
      );
    }
  },

  "a crash is remembered against the image, a cut of power is not": (check) => {
    const { board, offer } = boardTrying();
    const back = board.boot("exception");
    check.equal(back.verdict?.reason, "crashed");
    check.equal(bring(back, offer), "given-up-before");
    check.equal(bring(back, offerOf(2, 9_000, 3)), "whole", "a newer one is welcome");

    const unlucky = boardTrying();
    const again = unlucky.board.boot("power-on");
    check.equal([again.start.next, again.verdict], ["waiting", undefined]);
    unlucky.board.live(() => again.install(nothing));
    unlucky.board.boot("restart").confirm();
    check.equal(unlucky.board.running, "slot1");
  },

  "a crash of the old image, later, is not blamed on the image that waits": (check) => {
    const { board } = boardTrying();
    board.boot("power-on");
    const after = board.boot("exception");
    check.equal([after.start.next, after.verdict], ["waiting", undefined]);
  },

  "an image whose every trial is cut short is given up in the end": (check) => {
    const { board, slots } = boardWith();
    let current = slots;
    let tries = 0;
    for (; tries < 10 && current.waiting; tries++) {
      const before = current;
      board.live(() => before.install(nothing));
      board.boot("restart");
      current = board.boot("power-on");
    }
    check.equal([tries, current.verdict?.reason], [5, "never-confirmed"]);
  },

  "an image that fails its self-check says why, and the one before reports it": (check) => {
    const { board, slots } = boardTrying();
    check.equal(
      board.live(() => slots.goBack("product")),
      "restarted",
    );
    const back = board.boot("restart");
    check.equal([board.running, back.start.report], ["slot0", "product"]);
    check.equal(back.verdict?.reason, "product");
  },

  "the network was away during the trial: tried again, and not for ever": (check) => {
    const { board, slots } = boardWith();
    let current = slots;
    let tries = 0;
    for (; tries < 10 && current.waiting; tries++) {
      const before = current;
      board.live(() => before.install(nothing));
      const trial = board.boot("restart");
      board.live(() => trial.goBack("link"));
      current = board.boot("restart");
      check.equal(current.start.report, "link");
    }
    check.equal([tries, current.verdict?.reason], [5, "link"]);
  },

  "reboot with the actuator live (golioth 904): the product comes to rest before the restart": (
    check,
  ) => {
    const { board, slots } = boardWith();
    board.live(() => slots.install(() => void board.log.push("safe")));
    const from = board.log.indexOf("safe");
    check.ok(from >= 0, "it was asked");
    check.equal(board.log.slice(from), ["safe", "complete", "restart"]);
  },

  "no resume after power loss (esp-idf 17520): it goes on from the last checkpoint": (check) => {
    const offer = offerOf(3, 2 * checkpointBytes + 5_000, 2);
    const board = new SlotBoard();
    const slot = board.flash.slot1 as NorModel;
    const slots = board.boot();
    // 40 operations are 20 blocks: beyond the first checkpoint at 16.
    slot.cut = { operation: 40, phase: "during", random: prng(4) };
    check.equal(
      board.live(() => void bring(slots, offer)),
      "cut",
    );
    const after = board.boot();
    const writer = after.open(offer.target);
    check.ok(writer instanceof SpareWriter, "it opens again");
    if (!(writer instanceof SpareWriter)) return;
    check.equal(writer.position, checkpointBytes);
    writer.write(offer.bytes.subarray(writer.position));
    check.equal(writer.finish(), "whole");
    check.ok(board.holds("slot1", offer));
  },

  "another image does not go on from where the last one was": (check) => {
    const offer = offerOf(3, 2 * checkpointBytes, 2);
    const board = new SlotBoard();
    const slots = board.boot();
    (board.flash.slot1 as NorModel).cut = { operation: 60, phase: "after", random: prng(4) };
    board.live(() => void bring(slots, offer));
    const writer = board.boot().open(offerOf(5, 2 * checkpointBytes, 2).target);
    check.equal(writer instanceof SpareWriter && writer.position, 0);
  },

  "the note of whoever feeds the slot comes back with the position it belongs to": (check) => {
    const offer = offerOf(3, 2 * checkpointBytes, 2);
    const board = new SlotBoard();
    const first = board.boot().open(offer.target) as SpareWriter;
    first.noteAt = (position) => Uint8Array.of(position / 4096, 7);
    (board.flash.slot1 as NorModel).cut = { operation: 36, phase: "before", random: prng(4) };
    board.live(() => void first.write(offer.bytes));
    const second = board.boot().open(offer.target) as SpareWriter;
    check.equal([second.position, second.note], [checkpointBytes, Uint8Array.of(16, 7)]);
  },

  "endless data ends at the length that was signed; too little is not enough": (check) => {
    const offer = offerOf(1, 9_000, 2);
    const writer = new SlotBoard().boot().open(offer.target) as SpareWriter;
    writer.write(offer.bytes.subarray(0, 8_999));
    check.equal(writer.write(new Uint8Array(2)), "too-long");
    check.equal(writer.finish(), "too-short");
    check.equal(writer.write(offer.bytes.subarray(8_999)), undefined);
    check.equal(writer.finish(), "whole", "negative control");
  },

  "signature check silently skipped (arduino-esp32 12422): one wrong bit, and it is not whole": (
    check,
  ) => {
    const offer = offerOf(1, 9_000, 2);
    const bytes = offer.bytes.slice();
    bytes[5_000] = (bytes[5_000] as number) ^ 1;
    const board = new SlotBoard();
    const slots = board.boot();
    check.equal(bring(slots, { ...offer, bytes }), "wrong-digest");
    check.equal(slots.waiting, undefined);
    check.equal(
      board.live(() => slots.install(nothing)),
      "went on",
      "there is nothing to install",
    );
    check.equal(bring(slots, offer), "whole", "negative control");
  },

  "a bit that the flash did not keep is found before it boots": (check) => {
    const offer = offerOf(1, 9_000, 2);
    const board = new SlotBoard();
    const slot = board.flash.slot1 as NorModel;
    const write = slot.write.bind(slot);
    slot.write = (bytes, at) => {
      write(bytes, at);
      if (at === 4096) slot.bytes[at + 9] = 0;
    };
    check.equal(bring(board.boot(), offer), "wrong-digest");
  },

  "an image that waits is checked anew when it was verified in an earlier life": (check) => {
    const { board } = boardWith();
    const slots = board.boot();
    (board.flash.slot1 as NorModel).bytes[77] = 0;
    check.equal(slots.install(nothing), "damaged");
    check.equal([slots.waiting, board.log.includes("complete")], [undefined, false]);
  },

  "erase of the running slot: only the spare one is ever opened": (check) => {
    const { board, slots } = boardTrying();
    slots.confirm();
    const next = board.boot("restart");
    board.log.length = 0;
    bring(next, offerOf(9, 5_000, 3));
    check.equal(board.log, ["open slot0"]);
    check.equal(board.running, "slot1");
  },

  "while an image is on trial the way back is not overwritten": (check) => {
    const { slots } = boardTrying();
    check.equal(bring(slots, offerOf(9, 5_000, 3)), "on-trial");
  },

  "what does not fit the slot, or describes no image, is refused before anything is erased": (
    check,
  ) => {
    const board = new SlotBoard();
    const slots = board.boot();
    const slot = board.flash.slot1 as NorModel;
    const tooLarge = offerOf(1, slotBlocks * 4096 + 1, 2);
    check.equal(slots.open(tooLarge.target), "too-large");
    for (const change of [
      { counter: 0 },
      { counter: "2" },
      { counter: 1.5 },
      { version: "one" },
      { kind: "delta" },
      { kind: "delta", image: { length: 5, sha256: "AB" } },
      { kind: "other" },
    ])
      check.equal(slots.open(offerOf(1, 5_000, 2, change).target), "not-an-image");
    check.equal(slot.operations, 0);
  },

  "nothing to go back to: a unit that is not well is better than none, and the floor stays": (
    check,
  ) => {
    const { board, slots } = boardTrying();
    board.wayBack = false;
    slots.goBack("product");
    check.equal(board.log.slice(-1), ["confirm"]);
    check.equal([slots.floor, slots.verdict?.reason], [0, "product"]);
  },

  "bricked by power loss (mcuboot 1588, 1966): cut at every write of slot and storage, it gets there":
    (check) => {
      const offer = offerOf(1, 9_000, 2);
      let points = 0;
      for (const partition of ["slot1", "system"] as const)
        for (let operation = 1; ; operation++) {
          let reached = false;
          for (const phase of ["before", "during", "after"] as Phase[]) {
            const board = new SlotBoard();
            board.boot();
            const cut = (board.flash[partition] as NorModel).operations + operation;
            (board.flash[partition] as NorModel).cut = { operation: cut, phase, random: prng(cut) };
            reached = liveToTheEnd(board, offer, check) || reached;
            points++;
          }
          if (!reached) break;
        }
      check.ok(points > 30, `${points} points`);
    },
};

/** Lives until the image is confirmed. True when power went on the way. */
function liveToTheEnd(
  board: SlotBoard,
  offer: ReturnType<typeof offerOf>,
  check: Parameters<Case>[0],
): boolean {
  let cut = false;
  let keepCut = true;
  for (let life = 0; life < 8; life++) {
    const ending = board.live(() => {
      const armed = Object.entries(board.flash).map(
        ([name, model]) => [name, model.cut, model.operations] as const,
      );
      const slots = board.boot(life === 0 ? "power-on" : "restart");
      // `boot` gives power back and disarms; the first life keeps what was armed.
      if (keepCut)
        for (const [name, cutAt, operations] of armed)
          if (cutAt) {
            const model = board.flash[name] as NorModel;
            model.cut = {
              ...cutAt,
              operation: Math.max(1, cutAt.operation - operations + model.operations),
            };
          }
      if (slots.start.next === "self-check") slots.confirm();
      else if (slots.floor < 2) {
        bring(slots, offer);
        slots.install(nothing);
      }
    });
    if (ending === "cut") {
      cut = true;
      keepCut = false;
    }
    if (ending === "went on" && board.running === "slot1" && board.state === "valid") {
      check.equal(board.boot("restart").floor, 2);
      check.ok(board.holds("slot1", offer));
      return cut;
    }
    check.ok(board.running === "slot0" || board.holds("slot1", offer), "what runs is whole");
  }
  check.ok(false, "it never got there");
  return cut;
}
