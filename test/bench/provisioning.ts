/**
 * The line's speed to "issued" and to "labelled" on the simulator, beside a shell loop over the OpenSSL
 * command line, which is how such a line is often begun. The loop makes key, request and certificate;
 * to "issued" the line makes password, key, certificate, sealed secret and ledger record; to "labelled"
 * it also flashes, reads back, rehearses the set-up with the label's password, and prints.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulatorRelease, simulatorTarget } from "../../host-sim/line/simulator.ts";
import { runLine } from "../../provisioning/line/line.ts";
import { folderPrinter } from "../../provisioning/line/printer.ts";
import { openStation } from "../../provisioning/line/station.ts";
import { issueStep } from "../../provisioning/line/steps.ts";
import { generateSerial } from "../../provisioning/serial.ts";
import { openServiceAuthority } from "../../provisioning/service-authority.ts";
import { median } from "./median.ts";

export interface ProvisioningFigures {
  /** Units a second to "issued". */
  readonly ours: number;
  /** Units a second from "issued" to "labelled", simulator target. */
  readonly toLabelled: number;
  /** Certificates a second; absent where there is no OpenSSL. */
  readonly opensslLoop?: number;
  /** Above 1: ours to "issued" is faster by that factor, for more work. */
  readonly ratio?: number;
  readonly units: number;
  readonly rounds: number;
}

/** The two alternate, so that a busy machine is busy for both. */
export async function run({ units = 192, rounds = 5 } = {}): Promise<ProvisioningFigures> {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-bench-"));
  try {
    const line = await openLine(folder, units * (rounds + 1));
    const loop = openLoop(folder);
    const ours: number[] = [];
    const theirs: number[] = [];
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      const speeds = [
        await perSecond(units, () => line.issue(units)),
        loop?.(Math.ceil(units / 8)),
      ] as const;
      if (round === 0) continue;
      ours.push(speeds[0]);
      if (speeds[1] !== undefined) theirs.push(speeds[1]);
    }
    const toLabelled = await perSecond(units, () => line.label(units));
    await line.close();
    const [a, b] = [median(ours), median(theirs)];
    return {
      ours: a,
      toLabelled,
      ...(theirs.length > 0 ? { opensslLoop: b, ratio: a / b } : {}),
      units,
      rounds,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function perSecond(count: number, work: () => Promise<void> | void): Promise<number> {
  const started = performance.now();
  await work();
  return count / ((performance.now() - started) / 1_000);
}

async function openLine(folder: string, most: number) {
  const passphrase = "for the length of a benchmark";
  const authority = await openServiceAuthority({ folder: join(folder, "service"), passphrase });
  const serverAnchors = [authority.serverAnchor];
  const factory = join(folder, "factory");
  const station = await openStation({
    folder: factory,
    station: "bench",
    passphrase,
    serverAnchors,
  });
  const release = JSON.stringify(await simulatorRelease(factory));
  const order = async (name: string, count: number) => {
    const serials = Array.from({ length: count }, generateSerial);
    const row = { name, count, release, ordered_at: new Date().toISOString() };
    await station.ledger.order(row, serials);
  };
  await order("ISSUE", most);
  return {
    async issue(count: number) {
      for (let left = count; left > 0; )
        left -= await issueStep(station, "ISSUE", Math.min(left, 64));
    },
    /** Of those that were issued, so many; the rest is scrapped. */
    async label(count: number) {
      const issued = await station.ledger.atStation("bench", "issued", most);
      const step = { from: "issued", to: "scrapped", station: "bench", at: new Date() } as const;
      const spare = issued.slice(count).map(({ serial }) => serial);
      await station.ledger.advance(spare, { ...step, forget: true });
      const target = simulatorTarget({ bay: join(folder, "bay") });
      const printer = folderPrinter(join(folder, "labels"), "svg");
      await runLine(station, { order: "ISSUE", most: 0, target, printer });
    },
    close: () => station.close(),
  };
}

const makeAuthority = `
openssl ecparam -name prime256v1 -genkey -noout -out ca.key &&
openssl req -x509 -new -key ca.key -subj /CN=bench -days 30 -out ca.pem`;
const makeUnits = `
for unit in $(seq "$1"); do
  openssl ecparam -name prime256v1 -genkey -noout -out unit.key &&
  openssl req -new -key unit.key -subj "/CN=$unit" -out unit.csr &&
  openssl x509 -req -in unit.csr -CA ca.pem -CAkey ca.key -set_serial "$unit" -days 30 -out unit.pem ||
  exit 1
done`;

/** Makes that many certificates and gives its speed; undefined where OpenSSL is not there. */
function openLoop(folder: string): ((count: number) => number) | undefined {
  const shell = (script: string, argument = "") =>
    spawnSync("sh", ["-c", script, "sh", argument], { cwd: folder, stdio: "ignore" }).status === 0;
  if (!shell("openssl version") || !shell(makeAuthority)) return undefined;
  return (count) => {
    const started = performance.now();
    if (!shell(makeUnits, String(count))) throw new Error("the OpenSSL loop failed");
    return count / ((performance.now() - started) / 1_000);
  };
}

export function describe({ ours, toLabelled, opensslLoop, ratio }: ProvisioningFigures): string {
  return [
    `line: ${ours.toFixed(1)} units/s to issued (password, key, certificate, sealed, recorded)`,
    `      ${toLabelled.toFixed(1)} units/s from issued to labelled (flashed, read back, rehearsed, printed)`,
    opensslLoop === undefined || ratio === undefined
      ? "OpenSSL command line: not installed here"
      : `OpenSSL command line loop: ${opensslLoop.toFixed(1)} certificates/s (key, request, certificate); ratio ${ratio.toFixed(2)}`,
  ].join("\n");
}
