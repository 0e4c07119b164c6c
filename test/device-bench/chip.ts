/** The bench's end of the line to its image: one order, one answer. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Running } from "../../host-sim/chip/bench-unit.ts";
import { blankFuses, emulatedStand, usualShift } from "../../host-sim/chip/stands.ts";
import { Fault } from "../../provisioning/fault.ts";
import type { Answer, Figures, LastOrder, Order } from "./asked.ts";

export const instructionsPerMicro = 1000 / 2 ** usualShift;

const silentMs = 30_000;
const askAgainMs = 5_000;
/** Of hexadecimal digits in a line: the unit's line takes 1,024 characters. */
const pieceLength = 800;

export interface Chip {
  ask<Kind extends keyof Order>(kind: Kind, what: Order[Kind]): Promise<Answer & Figures>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** An order that the next start answers. Sent once: a chip that has started would obey it again. */
  restart(order: LastOrder): Promise<Answer>;
  /** What is in its flash now. */
  flash(): Uint8Array;
  end(): void;
}

/** An answer that came whole. */
function answerIn(line: string): (Answer & Figures) | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Answer & Figures;
  } catch {
    return undefined;
  }
}

/** @param image the whole flash. @throws Fault when it does not start, later when it was reset or says nothing. */
export async function startChip(emulator: string, image: Uint8Array): Promise<Chip> {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-bench-"));
  const [flash, fusesFile] = [join(folder, "flash.bin"), join(folder, "fuses.bin")];
  writeFileSync(flash, image);
  writeFileSync(fusesFile, blankFuses());
  const stand = emulatedStand({
    emulator,
    image,
    fusesFile,
    console: join(folder, "console.txt"),
    // Nothing listens.
    setUpAt: 0,
  });
  let running: Running | undefined;
  let waiting: { done(answer: Answer & Figures): void; fail(error: Fault): void } | undefined;
  const answered = (what: string) =>
    new Promise<Answer & Figures>((resolve, reject) => {
      const late = setTimeout(
        () => waiting?.fail(new Fault(`${what}: no answer${working}`)),
        silentMs,
      );
      waiting = {
        done(answer) {
          clearTimeout(late);
          resolve(answer);
        },
        fail(error) {
          clearTimeout(late);
          reject(error);
        },
      };
    });
  let booted = false;
  let restarts = false;
  let number = 0;
  let working = "";
  const take = (line: string) => {
    const answer = answerIn(line);
    if (!answer) return;
    if (answer.working !== undefined) working = `; it works, and looked up ${answer.working} times`;
    else if (answer.booted && restarts) waiting?.done(answer);
    else if (answer.booted && booted) waiting?.fail(new Fault("the chip was reset"));
    else if (answer.number === number) waiting?.done(answer);
    booted = true;
  };
  const begun = answered("start");
  running = stand.start(flash, take, (why) => waiting?.fail(new Fault(why)));
  const chip: Chip = {
    ask(kind, what) {
      number++;
      working = "";
      const answer = answered(kind);
      const send = () => running?.write(`${JSON.stringify({ number, [kind]: what })}\n`);
      send();
      const again = setInterval(send, askAgainMs);
      return answer.finally(() => clearInterval(again));
    },
    restart(order) {
      number++;
      working = "";
      restarts = true;
      const answer = answered(order);
      running?.write(`${JSON.stringify({ number, slot: { do: order } })}\n`);
      return answer.finally(() => {
        restarts = false;
      });
    },
    flash: () => new Uint8Array(readFileSync(flash)),
    async put(name, bytes) {
      const hex = Buffer.from(bytes).toString("hex");
      for (let at = 0; at < hex.length || at === 0; at += pieceLength)
        await chip.ask("put", { name, hex: hex.slice(at, at + pieceLength), more: at > 0 });
    },
    end() {
      running?.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await begun.catch((error) => {
    chip.end();
    throw error;
  });
  return chip;
}
