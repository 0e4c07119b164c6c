/**
 * A real Mosquitto, started with the shipped production example, behind the same `Broker` type as
 * the in-process one. Its log is the only thing it tells, so `watch` gives connections and refusals
 * but no messages.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Fault } from "../../../provisioning/fault.ts";
import {
  type Broker,
  type BrokerEvent,
  type BrokerOptions,
  Grants,
  Watchers,
} from "../broker-type.ts";
import { listen } from "../listen.ts";
import { isNameOf } from "../topic-rules.ts";
import { LogReader } from "./log.ts";
import { EXAMPLES, ownersRules, type SetUp, writeSetUp } from "./set-up.ts";

export interface MosquittoOptions extends BrokerOptions {
  /** Where owners' apps connect; 0 or absent: any free port. */
  readonly ownersPort?: number;
  /** Other example files: only for tests that show what the shipped ones prevent. */
  readonly examples?: string;
  /** The program; absent: looked for. */
  readonly program?: string;
}

const NOT_INSTALLED =
  "Mosquitto is not installed: Debian and Ubuntu: apt-get install mosquitto; macOS: brew install mosquitto.";
const ANSWER_TIMEOUT_MS = 10_000;
/** Mosquitto 2.0 loses a signal that comes while it starts or handles another one: it is sent again. */
const SIGNAL_AGAIN_MS = 1_000;

/** `$MOSQUITTO`, or this machine's, or undefined. Debian keeps it out of users' PATH. */
export function findMosquitto(): string | undefined {
  const chosen = process.env.MOSQUITTO?.trim();
  const places = chosen
    ? [chosen]
    : ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"];
  // `-h` answers with exit status 1 on some versions and 3 on others: only a missing file is an error.
  return places.find((place) => spawnSync(place, ["-h"], { stdio: "ignore" }).error === undefined);
}

/**
 * Starts Mosquitto on 127.0.0.1 in a temporary folder that `close` removes. Rejects with one line
 * when it is not installed, a port is busy or it does not come up.
 */
export async function startMosquitto(options: MosquittoOptions): Promise<Broker> {
  const program = options.program ?? findMosquitto();
  if (program === undefined) throw new Fault(NOT_INSTALLED);
  const [port, ownersPort] = await freePorts(options.port ?? 0, options.ownersPort ?? 0);
  const folder = mkdtempSync(join(tmpdir(), "thirteen-mosquitto-"));
  const setUp = { folder, port, ownersPort, examples: options.examples ?? EXAMPLES };
  try {
    const broker = new Mosquitto(program, setUp, writeSetUp(setUp, options));
    await broker.start();
    return broker;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Both held at once so that they differ, and so that a busy one is told before anything starts. */
async function freePorts(port: number, ownersPort: number): Promise<[number, number]> {
  const holders = [createServer(), createServer()] as const;
  try {
    return [await listen(holders[0], port), await listen(holders[1], ownersPort)];
  } finally {
    await Promise.all(holders.map((holder) => new Promise((closed) => holder.close(closed))));
  }
}

class Mosquitto implements Broker {
  readonly name = "mosquitto";
  readonly #program: string;
  readonly #setUp: SetUp;
  readonly #configuration: string;
  readonly #grants = new Grants();
  readonly #watchers = new Watchers();
  readonly #log: LogReader;
  readonly #lineWaiters = new Set<(line: string) => void>();
  readonly #ownersFile: string;
  readonly #shippedOwnersRules: string;
  #child: ChildProcess | undefined;
  #reloading: Promise<void> = Promise.resolve();
  /** The last lines it logged, for the error when it does not come up. */
  #lastLines: string[] = [];

  constructor(program: string, setUp: SetUp, configuration: string) {
    this.#program = program;
    this.#setUp = setUp;
    this.#log = new LogReader(setUp.ownersPort);
    this.#configuration = configuration;
    this.#ownersFile = join(setUp.folder, "owners.acl");
    this.#shippedOwnersRules = readFileSync(this.#ownersFile, "utf8");
  }

  get port(): number {
    return this.#setUp.port;
  }

  get ownersPort(): number {
    return this.#setUp.ownersPort;
  }

  async grant(owner: string, unit: string): Promise<void> {
    // The names become lines of a rules file.
    if (!isNameOf("owner", owner) || !isNameOf("unit", unit))
      throw new Error(
        `Cannot grant "${unit}" to "${owner}": these are not names of a unit and an owner.`,
      );
    this.#grants.add(owner, unit);
    await this.#reload();
  }

  granted(unit: string): readonly string[] {
    return this.#grants.of(unit);
  }

  async withdraw(owner: string, unit: string): Promise<void> {
    this.#grants.remove(owner, unit);
    await this.#reload();
  }

  watch(listener: (event: BrokerEvent) => void): () => void {
    return this.#watchers.add(listener);
  }

  async restart(): Promise<void> {
    await this.#stop();
    await this.start();
  }

  async close(): Promise<void> {
    await this.#stop();
    rmSync(this.#setUp.folder, { recursive: true, force: true });
  }

  async start(): Promise<void> {
    const child = spawn(this.#program, ["-c", this.#configuration], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    // A desk that ends without `close` must leave neither a broker nor a key behind.
    const cleanUp = () => {
      child.kill("SIGKILL");
      rmSync(this.#setUp.folder, { recursive: true, force: true });
    };
    process.once("exit", cleanUp);
    child.once("close", () => process.removeListener("exit", cleanUp));
    createInterface(child.stderr!).on("line", (line) => this.#onLine(line));
    try {
      await this.#line(child, /mosquitto version .* running/, "start");
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  /**
   * One at a time. Mosquitto reads its rules between two packets, right after it has logged the line
   * waited for: what it handles next is judged anew.
   */
  #reload(): Promise<void> {
    const before = this.#reloading.catch(() => {});
    this.#reloading = before.then(async () => {
      const child = this.#child;
      if (!child) return;
      writeFileSync(this.#ownersFile, ownersRules(this.#shippedOwnersRules, this.#grants));
      const reloaded = this.#line(child, /Reloading config/, "reload its access rules");
      await repeating(() => child.kill("SIGHUP"), reloaded);
    });
    return this.#reloading;
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    // Without a process id it never came to life.
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((exited) => child.once("exit", () => exited()));
    const late = setTimeout(() => child.kill("SIGKILL"), ANSWER_TIMEOUT_MS);
    await repeating(() => child.kill("SIGTERM"), gone);
    clearTimeout(late);
  }

  #onLine(line: string): void {
    this.#lastLines = [...this.#lastLines.slice(-4), line];
    for (const waiter of this.#lineWaiters) waiter(line);
    const event = this.#log.read(line);
    if (event) this.#watchers.tell(event);
  }

  /** Resolves at a line that fits; rejects when `child` ends first or says nothing of the kind. */
  #line(child: ChildProcess, pattern: RegExp, what: string): Promise<void> {
    return new Promise((seen, failed) => {
      const finish = (done: () => void) => {
        clearTimeout(timer);
        this.#lineWaiters.delete(waiter);
        child.removeListener("close", onEnd);
        child.removeListener("error", onError);
        done();
      };
      const onEnd = () => {
        const words = this.#lastLines.join(" | ");
        finish(() => failed(new Fault(`Mosquitto did not ${what}. Its last words: ${words}`)));
      };
      const onError = (error: NodeJS.ErrnoException) => {
        const why =
          error.code === "ENOENT" ? NOT_INSTALLED : `Mosquitto did not ${what}: ${error.message}`;
        finish(() => failed(new Fault(why, { cause: error })));
      };
      const waiter = (line: string) => {
        if (pattern.test(line)) finish(seen);
      };
      const timer = setTimeout(onEnd, ANSWER_TIMEOUT_MS);
      this.#lineWaiters.add(waiter);
      // "close" and not "exit": only then has every line been read.
      child.once("close", onEnd);
      child.once("error", onError);
    });
  }
}

/** Does `act` now and again until `done` settles. */
async function repeating(act: () => void, done: Promise<void>): Promise<void> {
  act();
  const timer = setInterval(act, SIGNAL_AGAIN_MS);
  try {
    await done;
  } finally {
    clearInterval(timer);
  }
}
