/** `npm run device:slots`: the life of the two slots on the emulated chip, with ESP-IDF's own bootloader. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { flashImage } from "../../host-sim/chip/targets.ts";
import { findEmulator, findIdf, findSdk } from "../../host-sim/chip/tools.ts";
import { runCommandLine } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import type { Answer, LastOrder, SlotsTold } from "./asked.ts";
import { type Chip, startChip } from "./chip.ts";
import { benchImage } from "./image.ts";

const usage = `usage: npm run device:slots -- [--json]

  Writes a second image into the spare slot of the emulated ESP32-C3, with the firmware's own flash, update and
  slots, and lets the bootloader start it: on trial, given up by a power cut, a watchdog or itself, confirmed, spoilt. Needs
  the Moddable SDK, ESP-IDF 6.0 and Espressif's QEMU.

  --json  what was seen, as JSON on standard output`;

const applicationAt = 0x20000;
const blockLength = 4096;
/** Blocks an order: what the chip does in a second or so. */
const atOnce = 16;

type Expected = Partial<SlotsTold> | "refused";

/** A place in the middle of the image where sixteen zeros change every byte. */
function placeToSpoil(image: Uint8Array): number {
  for (let at = (image.length >> 1) & ~15; at + 16 <= image.length; at += 16)
    if (image.subarray(at, at + 16).every((byte) => byte !== 0)) return at;
  throw new Error("an image of nothing but zeros");
}

await runCommandLine(usage, async () => {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const sdk = findSdk();
  findIdf();
  const emulator = findEmulator();
  const { parts } = await benchImage(sdk);
  const application = parts.find(({ offset }) => offset === applicationAt);
  if (!application) throw new Fault("the build has no application");
  const image = new Uint8Array(readFileSync(application.file));
  const spoil = { do: "spoil", at: placeToSpoil(image) } as const;
  let chip: Chip = await startChip(emulator, flashImage(parts));

  const seen: { what: string; saw: string; fine: boolean }[] = [];
  const look = (what: string, { told, refused }: Answer, expected: Expected) => {
    const fine =
      expected === "refused"
        ? refused !== undefined
        : told !== undefined &&
          Object.entries(expected).every(([key, value]) => told[key as keyof SlotsTold] === value);
    const saw = told
      ? `${told.running}, ${told.state}${told.rolledBack ? ", the other was given up" : ""}, after ${told.resetReason}`
      : `refused: ${refused}`;
    seen.push({ what, saw, fine });
    if (!values.json) console.log(`${fine ? "✔" : "✘"} ${what}: ${saw}`);
  };
  const tell = () => chip.ask("slot", { do: "tell" });
  const choose = () => chip.ask("slot", { do: "choose" });
  const copy = async () => {
    const blocks = Math.ceil(image.length / blockLength);
    for (let from = 0; from < blocks; from += atOnce) {
      const to = Math.min(from + atOnce, blocks);
      const { refused } = await chip.ask("slot", { do: "copy", from, to });
      if (refused !== undefined) throw new Fault(`the spare slot was not written: ${refused}`);
    }
  };
  const restart = async (order: LastOrder = "restart") => {
    const { refused } = await chip.restart(order);
    return refused === undefined ? tell() : { refused };
  };
  const cutPower = async () => {
    const flash = chip.flash();
    chip.end();
    chip = await startChip(emulator, flash);
    return tell();
  };

  try {
    const first = { running: "slot0", state: "valid", rolledBack: false } as const;
    look("first start", await tell(), first);
    look("an empty slot is chosen", await choose(), "refused");
    await copy();
    await chip.ask("slot", spoil);
    look("a spoilt image is chosen", await choose(), "refused");
    await copy();
    look("a whole image is chosen", await choose(), first);
    const onTrial = { running: "slot1", state: "pending", resetReason: "restart" } as const;
    look("restart", await restart(), onTrial);
    const backAgain = { running: "slot0", state: "valid", rolledBack: true } as const;
    look("power cut before it is confirmed", await cutPower(), backAgain);
    const bitten = { ...backAgain, resetReason: "watchdog" } as const;
    for (const [what, order] of [
      ["it hangs", "hang"],
      ["it hangs with interrupts held back", "hangMute"],
    ] as const) {
      look("the same image is chosen again", await choose(), { running: "slot0" });
      look("restart", await restart(), onTrial);
      look(`${what} before it is confirmed`, await restart(order), bitten);
    }
    look("the same image is chosen again", await choose(), { running: "slot0" });
    look("restart", await restart(), onTrial);
    const confirmed = { running: "slot1", state: "valid" } as const;
    look("confirmed", await chip.ask("slot", { do: "confirm" }), confirmed);
    look("power cut after that", await cutPower(), confirmed);
    const woken = { ...confirmed, resetReason: "watchdog" } as const;
    look("it hangs after that", await restart("hang"), woken);
    await copy();
    look("the first slot is written and chosen", await choose(), confirmed);
    look("restart", await restart(), { ...onTrial, running: "slot0" });
    look("it gives itself up", await restart("rollBack"), {
      ...confirmed,
      rolledBack: true,
      resetReason: "restart",
    });
    look("the first slot is chosen again", await choose(), confirmed);
    await chip.ask("slot", spoil);
    look("spoilt after it was chosen, restart", await restart(), confirmed);
  } finally {
    chip.end();
  }
  if (values.json) console.log(JSON.stringify(seen, null, 2));
  const failed = seen.filter(({ fine }) => !fine);
  if (failed.length > 0) throw new Fault(`${failed.length} of ${seen.length} not as they must be`);
  if (!values.json) console.log(`${seen.length} of ${seen.length}`);
});
