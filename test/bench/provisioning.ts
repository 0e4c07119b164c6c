/**
 * The factory's speed to "issued", beside a shell loop over the OpenSSL command line, which is how
 * such a line is often begun. The loop makes key, request and certificate, and no more; the factory
 * makes the password, its memory-hard verifier, image, label and ledger record besides.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFactory } from "../../provisioning/factory.ts";
import { openServiceAuthority } from "../../provisioning/service-authority.ts";
import { median } from "./median.ts";

export interface ProvisioningFigures {
  /** Units issued a second. */
  readonly ours: number;
  /** Certificates a second; absent where there is no OpenSSL. */
  readonly opensslLoop?: number;
  /** Above 1: ours is faster by that factor, for more work. */
  readonly ratio?: number;
  readonly units: number;
  readonly rounds: number;
}

/** The two alternate, so that a busy machine is busy for both. */
export async function run({ units = 64, rounds = 5 } = {}): Promise<ProvisioningFigures> {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-bench-"));
  try {
    const line = await openLine(folder);
    const loop = openLoop(folder);
    const ours: number[] = [];
    const theirs: number[] = [];
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      const speeds = [await perSecond(units, () => line.issue(units)), loop?.(units / 2)] as const;
      if (round === 0) continue;
      ours.push(speeds[0]);
      if (speeds[1] !== undefined) theirs.push(speeds[1]);
    }
    await line.close();
    const [a, b] = [median(ours), median(theirs)];
    return {
      ours: a,
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

async function openLine(folder: string) {
  const passphrase = "for the length of a benchmark";
  const authority = await openServiceAuthority({ folder: join(folder, "service"), passphrase });
  const serverAnchors = [authority.serverAnchor];
  const factory = await openFactory({ folder: join(folder, "factory"), passphrase, serverAnchors });
  return {
    async issue(count: number) {
      // Reading the label draws it.
      for await (const { label } of factory.issue({ count })) label.svg.length;
    },
    close: () => factory.close(),
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

export function describe({ ours, opensslLoop, ratio }: ProvisioningFigures): string {
  return [
    `factory: ${ours.toFixed(1)} units/s to issued (password, verifier, certificate, image, label, record)`,
    opensslLoop === undefined || ratio === undefined
      ? "OpenSSL command line: not installed here"
      : `OpenSSL command line loop: ${opensslLoop.toFixed(1)} certificates/s (key, request, certificate); ratio ${ratio.toFixed(2)}`,
  ].join("\n");
}
