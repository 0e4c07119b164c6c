/**
 * The XS engine: one process, one XS machine, one device (`xs/host.c`). Separate processes, because
 * then memory full, a stack overflow or a kill in the middle of anything ends exactly one device,
 * and the operating system cleans up.
 *
 * What `heap()` means here: bytes above the loaded code, which on the chip is ROM. "Now" is what is
 * alive after a full collection. The peaks are the most that was ever allocated, garbage included,
 * since the bundle was loaded: the machine grows by a step before it collects a second time, as
 * `xs/heap.c` says. The smallest heap that suffices lies between the live peak, which is what
 * collections left, and the two peaks together. All are the chip's bytes: a slot is 32 here and counts as 16.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import {
  type Death,
  defaultHeapLimit,
  defaultWatchdogMs,
  type Engine,
  type Heap,
  type Machine,
  type MachineOptions,
  PowerCut,
  stackSlots,
} from "./engine.ts";
import { buildXsHost } from "./xs/build.ts";
import { encodeFrame, type Frame, FrameReader } from "./xs/frames.ts";

export { xsAvailable } from "./xs/build.ts";

/** What waits for the machine: the frame that asks, and who is told when it is done. */
interface Task {
  frame: Buffer;
  done: () => void;
}

/** Source → the frame with what this program's compiler made of it, newest last; a fleet shares one. */
const compiled = new Map<string, Buffer>();

function keep(source: string, bytes: Uint8Array): void {
  if (compiled.size >= 16) compiled.delete(compiled.keys().next().value!);
  compiled.set(source, encodeFrame("P", "", "", bytes));
}

export class XsMachine implements Machine {
  readonly #options: MachineOptions;
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #reader = new FrameReader();
  readonly #queue: Task[] = [];
  readonly #idle: (() => void)[] = [];
  #running: Task | undefined;
  #dead = false;
  #heap: Heap;
  #loading: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(executable: string, options: MachineOptions) {
    const limit = options.heapLimit ?? defaultHeapLimit;
    this.#options = options;
    this.#heap = { slots: 0, slotsPeak: 0, chunks: 0, chunksPeak: 0, livePeak: 0, limit };
    const args = [limit, options.watchdogMs ?? defaultWatchdogMs, stackSlots].map(String);
    // No environment: nothing of the desk's machine is visible from inside a device.
    const stdio = ["ignore", "ignore", "ignore", "pipe"] as const;
    this.#child = spawn(executable, args, { stdio: [...stdio], env: {}, cwd: "/" });
    this.#channel = this.#child.stdio[3] as Socket;
    this.#child.on("error", (error) =>
      this.#end("exception", `the engine failed: ${error.message}`),
    );
    // "close", not "exit": a last frame that tells why may still be on its way.
    this.#child.on("close", (code, signal) =>
      this.#end("exception", `the engine failed: ${signal ?? `exit ${code}`}`),
    );
    // A write to a process that is dying; its death arrives by itself.
    this.#channel.on("error", () => {});
    this.#channel.on("data", (data: Buffer) => {
      for (const frame of this.#reader.push(data)) this.#receive(frame);
    });
    this.#child.unref();
  }

  /** The machine's own process; undefined where it could not be started. */
  get processId(): number | undefined {
    return this.#child.pid;
  }

  load(): Promise<void> {
    const { source } = this.#options;
    return new Promise((resolve, reject) => {
      this.#loading = { resolve, reject };
      this.#channel.write(compiled.get(source) ?? encodeFrame("S", "", source));
    });
  }

  deliver(event: string, json: string, bytes?: Uint8Array): void {
    this.#enqueue({ frame: encodeFrame("E", event, json, bytes), done: () => {} });
  }

  idle(): Promise<void> {
    if (this.#dead || this.#running === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  kill(): void {
    if (!this.#dead) this.#stop();
  }

  /** After the machine's death: as it was after the last event, or at the death. */
  heap(): Promise<Heap> {
    return new Promise((resolve) => {
      const done = () => resolve({ ...this.#heap });
      if (this.#dead) done();
      else this.#enqueue({ frame: encodeFrame("H", "", ""), done });
    });
  }

  #enqueue(task: Task): void {
    if (this.#dead) return;
    this.#queue.push(task);
    if (this.#running === undefined) this.#next();
  }

  #next(): void {
    this.#running = this.#queue.shift();
    if (this.#running !== undefined) {
      // Only a machine with something to do keeps the desk's own process alive.
      this.#channel.ref();
      this.#channel.write(this.#running.frame);
      return;
    }
    this.#channel.unref();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #receive(frame: Frame): void {
    if (this.#dead) return;
    this.#heap = { ...frame.heap, limit: this.#heap.limit };
    if (frame.type === "C") this.#serve(frame);
    else if (frame.type === "B") keep(this.#options.source, frame.bytes!);
    else if (frame.type === "X") this.#end(frame.a as Death | "load", frame.b);
    else if (frame.type === "L") {
      this.#loading?.resolve();
      this.#loading = undefined;
      this.#next();
    } else {
      this.#running?.done();
      this.#next();
    }
  }

  #serve({ a: op, b: json, bytes }: Frame): void {
    let answer: Buffer;
    try {
      const reply = this.#options.hostCall(op, json, bytes);
      answer = encodeFrame("R", "", reply.json, reply.bytes);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof PowerCut) {
        this.#end("power-cut", message);
        return;
      }
      answer = encodeFrame("T", "", message);
    }
    // The board may have cut the power or restarted the device from inside the call.
    if (!this.#dead) this.#channel.write(answer);
  }

  #end(death: Death | "load", detail: string): void {
    if (this.#dead) return;
    const loading = this.#loading;
    this.#stop();
    if (loading !== undefined) loading.reject(new Error(`the bundle cannot be loaded: ${detail}`));
    else this.#options.onDeath(death as Death, detail);
  }

  #stop(): void {
    this.#dead = true;
    this.#loading = undefined;
    this.#child.kill("SIGKILL");
    this.#channel.destroy();
    const waiting = [this.#running, ...this.#queue.splice(0)];
    this.#running = undefined;
    for (const task of waiting) task?.done();
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/**
 * Bytes of memory that a process has for itself alone (what it shares, like the engine's code, not
 * counted). Undefined where the system does not say: only Linux does.
 */
export function privateMemory(processId: number): number | undefined {
  try {
    const rollup = readFileSync(`/proc/${processId}/smaps_rollup`, "utf8");
    const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map((m) => Number(m[1]));
    return 1024 * kilobytes.reduce((sum, value) => sum + value, 0);
  } catch {
    return undefined;
  }
}

/** The XS engine; `start` builds it first where it is missing (see `xsAvailable`). */
export const xsEngine = {
  name: "xs",
  async start(options: MachineOptions) {
    const machine = new XsMachine(await buildXsHost(), options);
    await machine.load();
    return machine;
  },
} satisfies Engine;
