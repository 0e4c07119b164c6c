/**
 * Firmware on Node: each machine is its own V8 context with nothing in it but the language, so a
 * restart is a real one. Quick and debuggable; it has no heap limit and reports no heap.
 *
 * Objects of Node never enter the context: an in-context stub copies strings and bytes across, so
 * device code cannot climb from a host object to Node.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import vm from "node:vm";
import {
  type Death,
  defaultWatchdogMs,
  type Engine,
  type Machine,
  type MachineOptions,
  PowerCut,
} from "./engine.ts";

/** What the stub in the context gets from here: primitives and bytes to be copied at once. */
interface Outcome {
  json?: string;
  bytes?: Uint8Array | undefined;
  error?: string;
}

interface HostSide {
  call(op: string, json: string, bytes: ArrayBuffer | undefined): Outcome;
  /** The event that is due. */
  next(): Delivery;
  /** An expression, made a function of the context for which `names` (with commas) mean nothing. */
  confine(expression: string, names: string): unknown;
}

interface Delivery {
  event: string;
  json: string;
  bytes: Uint8Array | undefined;
}

const installer = new vm.Script(readFileSync(new URL("./node-stub.js", import.meta.url), "utf8"), {
  filename: "node-stub.js",
});
const runner = new vm.Script("{ const run = globalThis.run; delete globalThis.run; run(); }");

/** Compiled bundles, newest last; a fleet shares one. */
const compiled = new Map<string, vm.Script>();

/**
 * Node answers a script's `import()` with an error of its own realm, by which device code could climb
 * out. No device imports at run time, so a script with that word in it is none.
 */
function refuseImport(source: string): void {
  if (/\bimport\b/.test(source)) throw new Error("the bundle imports at run time");
}

function compile(source: string): vm.Script {
  refuseImport(source);
  const digest = createHash("sha256").update(source).digest("hex");
  const known = compiled.get(digest);
  if (known) return known;
  const script = new vm.Script(source, { filename: "firmware.js" });
  if (compiled.size >= 16) compiled.delete(compiled.keys().next().value!);
  compiled.set(digest, script);
  return script;
}

/** Whose promises these are, so that a rejection nobody handles ends the right machine. */
const machines = new WeakMap<object, (reason: unknown) => void>();
let watching = false;

function watchRejections(): void {
  if (watching) return;
  watching = true;
  process.on("unhandledRejection", (reason, promise) => {
    const end = machines.get(Object.getPrototypeOf(promise));
    if (end) {
      promise.catch(() => {});
      end(reason);
    } else if (process.listenerCount("unhandledRejection") === 1) throw reason;
  });
}

/** What death a thrown value stands for, without trusting the value. */
function diagnose(thrown: unknown): [Death, string] {
  try {
    const { stack, name, message, code } = thrown as NodeJS.ErrnoException;
    if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return ["watchdog", message];
    const overflow = name === "RangeError" && /call stack/.test(message);
    const detail = typeof stack === "string" ? stack : String(thrown);
    return [overflow ? "stack-overflow" : "exception", detail];
  } catch {
    return ["exception", "an exception that cannot be described"];
  }
}

class NodeMachine implements Machine, HostSide {
  readonly #options: MachineOptions;
  readonly #context: vm.Context;
  readonly #timeout: number;
  readonly #queue: Delivery[] = [];
  readonly #idle: (() => void)[] = [];
  readonly #work: () => void;
  #running = false;
  #scheduled = false;
  #state: "alive" | "dying" | "dead" = "alive";
  #death: [Death, string] | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.#timeout = options.watchdogMs ?? defaultWatchdogMs;
    this.#context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
      codeGeneration: { strings: false, wasm: false },
      microtaskMode: "afterEvaluate",
    });
    const install = installer.runInContext(this.#context) as (host: HostSide) => () => void;
    this.#work = install({
      call: (...args) => this.call(...args),
      next: () => this.next(),
      confine: (...args) => this.confine(...args),
    });
    machines.set(vm.runInContext("Promise.prototype", this.#context), (reason) => {
      this.#die("exception", `unhandled rejection: ${diagnose(reason)[1]}`);
      this.#bury();
    });
    this.#evaluate(compile(options.source));
    if (this.#death) throw new Error(`the bundle cannot be loaded: ${this.#death.join(": ")}`);
  }

  deliver(event: string, json: string, bytes?: Uint8Array): void {
    if (this.#state !== "alive") return;
    this.#queue.push({ event, json, bytes: bytes?.slice() });
    this.#schedule();
  }

  async idle(): Promise<void> {
    if (this.#state !== "dead" && (this.#running || this.#queue.length > 0))
      await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  kill(): void {
    this.#state = "dead";
    this.#death = undefined;
    this.#queue.length = 0;
    this.#release();
  }

  async heap() {
    return { slots: 0, slotsPeak: 0, chunks: 0, chunksPeak: 0, livePeak: 0, limit: 0 };
  }

  call(op: string, json: string, bytes: ArrayBuffer | undefined): Outcome {
    if (this.#state !== "alive") return { error: "power is gone" };
    try {
      const copy = bytes === undefined ? undefined : new Uint8Array(bytes).slice();
      const reply = this.#options.hostCall(op, json, copy);
      return { json: reply.json, bytes: reply.bytes };
    } catch (thrown) {
      if (thrown instanceof PowerCut) this.#die("power-cut", thrown.message);
      return { error: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }

  confine(expression: string, names: string): unknown {
    refuseImport(expression);
    // By itself first: what is no expression could end the function around it.
    new vm.Script(`(${expression}\n)`);
    const script = new vm.Script(`(function(${names}){"use strict";return (${expression}\n)})`, {
      filename: "product.js",
    });
    return script.runInContext(this.#context);
  }

  next(): Delivery {
    return this.#queue.shift()!;
  }

  /** One turn of the host's loop for what is queued now: a device that never rests starves nobody. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      for (let due = this.#queue.length; due > 0 && this.#state === "alive"; due--) {
        (this.#context as { run?: () => void }).run = this.#work;
        this.#evaluate(runner);
      }
      this.#bury();
      if (this.#queue.length > 0) this.#schedule();
      else this.#release();
    });
  }

  #evaluate(script: vm.Script): void {
    this.#running = true;
    try {
      // V8 starts a thread for each timeout: for a machine that is trusted to end, that is most of it.
      const timeout = this.#timeout === 0 ? {} : { timeout: this.#timeout };
      script.runInContext(this.#context, { ...timeout, displayErrors: false });
    } catch (thrown) {
      this.#die(...diagnose(thrown));
    } finally {
      this.#running = false;
    }
  }

  /** The first cause counts; the machine is buried once its code is off the stack. */
  #die(death: Death, detail: string): void {
    if (this.#state !== "alive") return;
    this.#state = "dying";
    this.#death = [death, detail];
    this.#queue.length = 0;
  }

  #bury(): void {
    const death = this.#death;
    if (this.#state !== "dying" || !death) return;
    this.kill();
    this.#options.onDeath(...death);
  }

  #release(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

export const nodeEngine: Engine = {
  name: "node",
  async start(options) {
    watchRejections();
    return new NodeMachine(options);
  },
};
