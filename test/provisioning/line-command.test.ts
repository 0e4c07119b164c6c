/** The real command, in processes of its own: what it leaves behind, on disk and in memory. */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "ava";
import { boardPartitions, partition } from "../../host-sim/board/partitions.ts";
import { readFactoryImage } from "../../provisioning/factory-image.ts";
import { parseLabelPayload } from "../../provisioning/label.ts";
import { scanLabel } from "../../provisioning/label-scan.ts";
import { scratchFolder } from "./scratch.ts";
import { findSecretsIn, secretForms } from "./secrets.ts";

const program = ["--import", "tsx", "host-sim/line/provision.ts"];

function command(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [...program, ...args, "--development"], {
    env: { ...process.env, ...environment },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      said += chunk;
    });
  const done = new Promise<number | null>((resolve) => child.on("exit", resolve));
  return { child, done, said: () => said };
}

/** What is readable in a process's memory, in pieces. Linux only, and a process of our own. */
function* memoryOf(pid: number): Generator<Buffer> {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    for (const [, from = "", to = ""] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)) {
      const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
      const piece = 1 << 24;
      for (let at = start; at < end; at += piece) {
        const bytes = Buffer.alloc(Math.min(piece, end - at));
        try {
          readSync(memory, bytes, 0, bytes.length, at);
        } catch {
          // Reserved, and not there.
          continue;
        }
        yield bytes;
      }
    }
  } finally {
    closeSync(memory);
  }
}

function isIn(pid: number, form: Buffer): boolean {
  for (const piece of memoryOf(pid)) if (piece.includes(form)) return true;
  return false;
}

/** The processes that a process started and that still run: of a station, its cell. */
function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").filter(Boolean).map(Number);
}

/** What the label says; undefined while it is still being written. */
function payloadOf(printed: string, index: number) {
  const label = readFileSync(join(printed, readdirSync(printed)[index]!));
  return parseLabelPayload(scanLabel(label, "svg") ?? "");
}

async function until(isSo: () => boolean): Promise<void> {
  for (let wait = 0; wait < 600 && !isSo(); wait++)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

const canReadMemory = process.platform === "linux" && existsSync("/proc/self/mem");

(canReadMemory ? test : test.skip)(
  "after the label no secret is in a file, in a log, or in the memory of a process of the station",
  async (t) => {
    const folder = scratchFolder(t);
    const factory = join(folder, "factory");
    const [bay, printed] = [join(folder, "bay"), join(folder, "printed")];
    const where = ["--order", "PO", "--factory", factory, "--bay", bay];
    const order = command(["order", ...where, "--count", "2"]);
    t.is(await order.done, 0, order.said());
    // The printer's command keeps what it was given: the label's world, not the station's. It waits
    // after each label, so that the cell can be looked at while it works.
    const go = join(folder, "go");
    const printer = `mkdir -p '${printed}'; cat > '${printed}'/$THIRTEEN_SERIAL.svg; while [ ! -e '${go}' ]; do sleep 0.1; done`;
    const line = command(["run", ...where, "--printer", printer, "--format", "svg"], {
      THIRTEEN_LINGER_MS: "60000",
    });
    t.teardown(() => line.child.kill());
    const hasLabel = () => existsSync(printed) && readdirSync(printed).length > 0;
    await until(() => hasLabel() && payloadOf(printed, 0) !== undefined);
    const supervisor = line.child.pid!;
    const [cell] = childrenOf(supervisor);
    const password = Buffer.from(payloadOf(printed, 0)!.password);
    // The control: what is looked for below is there to be found while a cell works.
    t.true(isIn(cell!, password));
    writeFileSync(go, "");
    await until(() => line.said().includes("labelled in"));
    t.regex(line.said(), /2 labelled in/);
    // The cell's memory went with it: the station has no other process than the supervisor left.
    t.deepEqual(childrenOf(supervisor), []);
    t.false(existsSync(`/proc/${cell}`));

    const units = readdirSync(printed).map((_name, index) => {
      const label = payloadOf(printed, index);
      const { offset } = partition(boardPartitions(), "factory");
      const flash = readFileSync(join(bay, `${label!.serial}.flash`));
      const identityImage = new Uint8Array(flash.subarray(offset, offset + 0x4000));
      t.false("reason" in readFactoryImage(identityImage));
      return { ...label!, identityImage };
    });
    t.is(units.length, 2);
    t.deepEqual(findSecretsIn(factory, units as never), []);
    const forms = units.flatMap((unit) => [...secretForms(unit as never)]);
    for (const [name, form] of forms) t.false(line.said().includes(form.toString("latin1")), name);
    const found = new Set<string>();
    let hasPassphrase = false;
    const passphrase = readFileSync(join(factory, "development-passphrase")).subarray(0, 32);
    for (const piece of memoryOf(supervisor)) {
      for (const [name, form] of forms) if (piece.includes(form)) found.add(name);
      // The control: the scan reads that process's memory, and finds what is in it.
      hasPassphrase ||= piece.includes(passphrase);
    }
    t.deepEqual([...found], []);
    t.true(hasPassphrase);
  },
);
