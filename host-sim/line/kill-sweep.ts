/**
 * The line under power cuts: a station is killed with SIGKILL before each operation that changes a
 * file, and in the middle of each write; it is started again, and must end where one ends that was
 * never killed: the same files, the same records a unit, every label opening its unit, no secret left.
 */
import { fork, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createAuthority,
  generateKeyPair,
  issueCertificate,
} from "../../provisioning/certificate-authority.ts";
import { type LineRelease, readRegions } from "../../provisioning/line/release.ts";
import { validity } from "../../provisioning/sealed-authority.ts";
import { generateSerial } from "../../provisioning/serial.ts";
import { bundlePrograms, type NodePrograms, packagesToo } from "../runtime/node-programs.ts";
import { flashName, simulatorRelease, simulatorTarget } from "./simulator.ts";
import { faultOf, filesOf } from "./sweep-end.ts";
import type { SweepPapers } from "./sweep-life.ts";

export interface KillPoint {
  readonly operation: number;
  readonly kind: string;
  /** Half of the write was done. */
  readonly isHalf: boolean;
}

export interface SweepReport {
  readonly operations: number;
  /** Places at which the station was killed, and came back. */
  readonly points: number;
  readonly killed: number;
  readonly seconds: number;
  readonly faults: readonly (KillPoint & { readonly fault: string })[];
}

const killAt = fileURLToPath(new URL("./kill-at.mjs", import.meta.url));
const cell = "host-sim/line/sweep-cell.ts";
const resumer = "host-sim/line/sweep-resume.ts";

export interface SweepOptions {
  /** Only each so many-th point; 1 is the whole sweep. */
  readonly every?: number;
  /**
   * One process lives, and leaves a copy of its files at each point: what a kill there would leave. A
   * third of the time of as many kills.
   */
  readonly copies?: boolean;
  readonly onPoint?: (done: number, of: number) => void;
}

export async function sweepKills(options: SweepOptions): Promise<SweepReport> {
  const { every = 1, copies = false, onPoint } = options;
  const scratch = mkdtempSync(join(tmpdir(), "thirteen-line-sweep-"));
  const programs = await bundlePrograms([cell, resumer], packagesToo);
  try {
    const sweep = await prepare(scratch, programs);
    const started = performance.now();
    const kinds = await sweep.rehearse();
    const all = kinds.flatMap((kind, index): KillPoint[] => {
      const point = { operation: index + 1, kind, isHalf: false };
      return kind === "writeSync" ? [point, { ...point, isHalf: true }] : [point];
    });
    const points = all.filter((_, index) => index % every === 0);
    const faults: (KillPoint & { fault: string })[] = [];
    let killed = 0;
    let done = 0;
    const queue = points.values();
    const source = copies ? sweep.copies(points) : { come: sweep.kill, close: () => {} };
    const work = async (worker: number) => {
      for (const point of queue) {
        const { wasKilled, fault } = await source.come(point, worker);
        if (wasKilled) killed++;
        if (fault) faults.push({ ...point, fault });
        onPoint?.(++done, points.length);
      }
    };
    try {
      await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
    } finally {
      source.close();
    }
    const seconds = (performance.now() - started) / 1000;
    return { operations: kinds.length, points: points.length, killed, seconds, faults };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    programs.remove();
  }
}

const workers = availableParallelism();

async function prepare(scratch: string, programs: NodePrograms) {
  const program = programs.file(cell);
  const fresh = join(scratch, "fresh");
  const release = await simulatorRelease(fresh);
  // The board that all units are copied from is made before: it is not a step of a unit's life.
  await makeTemplate(fresh, release);
  const papers = await makePapers(release);
  const papersFile = join(scratch, "papers.json");
  writeFileSync(papersFile, JSON.stringify(papers));
  let serial = 0;
  let expected: readonly string[] = [];

  const folder = () => {
    const own = join(scratch, String(++serial));
    cpSync(fresh, own, { recursive: true });
    return own;
  };
  const run = (own: string, environment: NodeJS.ProcessEnv) =>
    new Promise<{ signal: string | null; status: number | null; errors: string }>((resolve) => {
      let errors = "";
      const child = spawn(process.execPath, ["--import", killAt, program, own, papersFile], {
        env: { ...process.env, ...environment },
        stdio: ["ignore", "ignore", "pipe"],
      });
      child.stderr.on("data", (chunk) => {
        errors += chunk;
      });
      child.on("exit", (status, signal) => resolve({ status, signal, errors }));
    });

  return {
    /** An undisturbed life: its operations, and where it ends. */
    async rehearse(): Promise<string[]> {
      const own = folder();
      const countFile = join(scratch, "operations.json");
      const { status, errors } = await run(own, { THIRTEEN_KILL_COUNT: countFile });
      if (status !== 0) throw new Error(`the undisturbed run failed: ${errors}`);
      const fault = await faultOf(own, papers);
      if (fault) throw new Error(`the undisturbed run ends badly: ${fault}`);
      expected = filesOf(own);
      rmSync(own, { recursive: true, force: true });
      return JSON.parse(readFileSync(countFile, "utf8"));
    },
    async kill({ operation, isHalf }: KillPoint) {
      const own = folder();
      const first = await run(own, {
        THIRTEEN_KILL_AT: String(operation),
        THIRTEEN_KILL_HALF: isHalf ? "1" : "0",
      });
      const second = await run(own, {});
      const differing = filesOf(own).filter((name) => !expected.includes(name));
      const fault =
        second.status !== 0
          ? `does not come back: ${second.errors.split("\n").find((line) => /^\w*Error: /.test(line)) ?? ""}`
          : differing.length > 0
            ? `left behind: ${differing.join(", ")}`
            : await faultOf(own, papers);
      rmSync(own, { recursive: true, force: true });
      return { wasKilled: first.signal === "SIGKILL", fault };
    },
    /** One life that leaves copies, and processes that go on from them, one after the other. */
    copies(points: readonly KillPoint[]) {
      const left = join(scratch, "copies");
      mkdirSync(left);
      const own = folder();
      let hasEnded = false;
      const wanted = points.map(copyName).join(" ");
      void run(own, { THIRTEEN_KILL_COPIES: left, THIRTEEN_KILL_WANTED: wanted }).then(() => {
        hasEnded = true;
      });
      const resumers = Array.from({ length: workers }, () =>
        fork(programs.file(resumer), [papersFile], { stdio: ["ignore", 2, 2, "ipc"] }),
      );
      return {
        async come(point: KillPoint, worker: number) {
          const copy = join(left, copyName(point));
          while (!existsSync(copy) && !hasEnded) await pause(20);
          if (!existsSync(copy)) return { wasKilled: false, fault: "no copy was left" };
          const folder = join(scratch, `resumed-${copyName(point)}`);
          renameSync(copy, folder);
          const answer = await new Promise<{ fault?: string }>((resolve) => {
            resumers[worker]!.once("message", resolve);
            resumers[worker]!.send({ folder });
          });
          const differing = filesOf(folder).filter((name) => !expected.includes(name));
          const fault =
            answer.fault ??
            (differing.length > 0 ? `left behind: ${differing.join(", ")}` : undefined);
          rmSync(folder, { recursive: true, force: true });
          return { wasKilled: true, fault };
        },
        close() {
          for (const one of resumers) one.kill();
        },
      };
    },
  };
}

const copyName = ({ operation, isHalf }: KillPoint) => `${operation}${isHalf ? "-half" : ""}`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function makeTemplate(fresh: string, release: LineRelease): Promise<void> {
  const bay = join(fresh, "bay");
  const blank = { name: "factory", offset: release.factoryOffset, bytes: new Uint8Array() };
  await simulatorTarget({ bay }).write("NOBODY", [...readRegions(fresh, release), blank]);
  rmSync(join(bay, flashName("NOBODY")));
}

async function makePapers(release: LineRelease): Promise<SweepPapers> {
  const dates = validity(new Date(), 1);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const [device, records, server] = await Promise.all(
    ["device CA", "records CA", "server CA"].map((commonName) =>
      createAuthority({ commonName, ...dates }),
    ),
  );
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(records!, {
    commonName: "one",
    usage: "record",
    publicKey,
    ...dates,
  });
  return {
    release: JSON.stringify(release),
    serials: [generateSerial(), generateSerial()],
    authority: { certificate: text(device!.certificate), privateKey: text(device!.privateKey) },
    anchor: text(server!.certificate),
    station: {
      certificate: text(certificate),
      privateKey: text(privateKey),
      recordsRoot: text(records!.certificate),
    },
  };
}
