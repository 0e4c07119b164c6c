/**
 * A unit that the Moddable SDK built, on the desk's bench: a program, or an emulated chip, with a
 * line to it (`device/platform/moddable/bench`). To the desk it is a unit like the simulator's.
 */
import { EventEmitter } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Said, Told } from "../../device/platform/bench-messages.ts";
import { Fault } from "../../provisioning/fault.ts";
import { ClimateModel } from "../board/climate.ts";
import type { UnitEvents, UnitState } from "../board/events.ts";
import type { ConnectionFigures } from "../board/network.ts";
import type { NorFlash } from "../board/nor-flash.ts";
import { accessPointAddress, type Host } from "../board/radio.ts";
import type { DeskUnit } from "../desk/desk.ts";
import type { Heap } from "../engine/engine.ts";
import type { UnitOptions } from "../unit.ts";
import { keepAreas, withAreas } from "./areas.ts";

/** The running program or emulator. */
export interface Running {
  write(line: string): void;
  /** Power gone, at once. */
  kill(): void;
}

/** How a unit of one target is run. */
export interface Stand {
  /** What is in the flash besides the three areas: bootloader, table, image. */
  readonly image: Uint8Array;
  /** How the board reaches this machine. */
  readonly hostAddress: string;
  /** The board may take this long to say something. */
  readonly startMs: number;
  start(flashFile: string, onLine: (line: string) => void, onEnd: (why: string) => void): Running;
  /** The port of 127.0.0.1 that stands for the board's. */
  forwarded(port: number): number;
}

/** Names and ports the board may want to dial. */
export type Services = readonly (readonly [host: string, port: number])[];

const askAgainMs = 2_000;
const nothingHeld = { slots: 0, slotsPeak: 0, chunks: 0, chunksPeak: 0 } as const;

type Messages = { [M in keyof Said]: Said[M] & { message: M } }[keyof Said];

/** A message that came whole: a chip's own talk comes through the same line, and a reset cuts it short. */
export function messageIn<Message>(line: string): Message | undefined {
  if (!line.startsWith('{"message":')) return undefined;
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

export class BenchUnit extends EventEmitter<UnitEvents> implements DeskUnit {
  readonly name: string;
  readonly climate: ClimateModel;
  wallOffsetMs: number | undefined = 0;
  /** As the unit said last. */
  lastHeap: Said["heap"] | undefined;
  readonly #options: UnitOptions;
  readonly #stand: Stand;
  readonly #services: Services;
  #folder = "";
  /** The whole flash as the last life left it: slots and which of them is started belong to the unit, too. */
  #whole: Uint8Array | undefined;
  readonly #ports = new Map<number, number>();
  #state: UnitState = "off";
  #running: Running | undefined;
  #lit = false;
  #down = false;
  #leave: (() => void) | undefined;
  #closeAccessPoint: (() => void) | undefined;
  #booted: ((failure?: Error) => void) | undefined;
  #heaps: ((heap: Said["heap"]) => void)[] = [];

  constructor(options: UnitOptions, stand: Stand, services: Services) {
    super();
    this.setMaxListeners(0);
    this.name = options.name;
    this.#options = options;
    this.#stand = stand;
    this.#services = services;
    this.climate = options.climate ?? new ClimateModel(options.clock);
  }

  get state(): UnitState {
    return this.#state;
  }

  get lamp(): boolean {
    return this.#lit;
  }

  get buttonDown(): boolean {
    return this.#down;
  }

  /** As it was when the unit was last without power. */
  get flash(): NorFlash {
    return this.#options.flash;
  }

  async plug(): Promise<void> {
    if (this.#state !== "off") return;
    this.#set("booting");
    this.#folder = mkdtempSync(join(tmpdir(), "thirteen-stand-"));
    writeFileSync(this.#file, withAreas(this.#whole ?? this.#stand.image, this.flash));
    const started = new Promise<void>((resolve, reject) => {
      this.#booted = (failure) => (failure ? reject(failure) : resolve());
    });
    const slow = setTimeout(
      () => this.#booted?.(new Fault("the board says nothing: it did not start")),
      this.#stand.startMs,
    );
    const ended = (why: string) => {
      if (this.#state === "off") return;
      this.emit("death", { death: "exception", detail: why });
      this.unplug();
      this.#booted?.(new Fault(why));
    };
    this.#running = this.#stand.start(this.#file, (line) => this.#take(line), ended);
    await started.finally(() => clearTimeout(slow));
    await this.heap();
  }

  unplug(): void {
    if (this.#state === "off") return;
    this.#set("off");
    this.#running?.kill();
    this.#running = undefined;
    this.#endLife();
    this.#whole = readFileSync(this.#file);
    keepAreas(this.flash, this.#whole);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  brownOut(): void {
    throw new Error("the supply of this bench does not sag");
  }

  press(): void {
    this.#button(true);
  }

  release(): void {
    this.#button(false);
  }

  listening(): number[] {
    return [...this.#ports.keys()];
  }

  /** A bench sees no connections. */
  connections(): ConnectionFigures[] {
    return [];
  }

  async idle(): Promise<void> {
    if (this.#running) await this.heap();
  }

  /** No limit is known: 0. */
  async heap(): Promise<Heap> {
    const { slots, slotsPeak, chunks, chunksPeak } = await this.measure();
    return { slots, slotsPeak, chunks, chunksPeak, livePeak: 0, limit: 0 };
  }

  /** The unit's heap now. `anew`: what is alive, and the peaks begin anew. */
  async measure(anew = false): Promise<Said["heap"]> {
    if (!this.#running) return nothingHeld;
    const answer = new Promise<Said["heap"]>((resolve) => this.#heaps.push(resolve));
    this.#tell("heap", { anew });
    // A serial line may lose one.
    const again = setInterval(() => this.#tell("heap", { anew }), askAgainMs);
    return answer.finally(() => clearInterval(again));
  }

  get #file(): string {
    return join(this.#folder, "flash.bin");
  }

  #button(down: boolean): void {
    if (down === this.#down) return;
    this.#down = down;
    this.emit("button", down);
    if (this.#running) this.#tell("button", { down });
  }

  #tell<Message extends keyof Told>(message: Message, fields: Told[Message]): void {
    this.#running?.write(`${JSON.stringify({ message, ...fields })}\n`);
  }

  #take(line: string): void {
    const said = messageIn<Messages>(line);
    if (!said) return;
    switch (said.message) {
      case "boot":
        this.#boot(said);
        break;
      case "trace":
        this.emit("trace", said);
        break;
      case "lamp":
        this.#lit = said.lit;
        this.emit("lamp", said.lit);
        break;
      case "join":
        this.#join(said);
        break;
      case "leave":
        this.#left();
        break;
      case "accessPoint":
        this.#accessPoint(said);
        break;
      case "listen":
        this.#ports.set(said.port, this.#stand.forwarded(said.at));
        this.emit("listen", { port: said.port });
        break;
      case "unlisten":
        this.#ports.delete(said.port);
        this.emit("unlisten", { port: said.port });
        break;
      case "heap":
        this.lastHeap = said;
        this.#heaps.shift()?.(said);
        break;
    }
  }

  #boot({ resetReason }: Said["boot"]): void {
    this.#endLife();
    this.#set("running");
    this.emit("boot", { resetReason, slot: 0, digest: "" });
    for (const [host, port] of this.#services) {
      const at = this.#options.radio.lookup(host, port);
      if (at !== undefined)
        this.#tell("route", { host, port, address: this.#stand.hostAddress, at });
    }
    if (this.#down) this.#tell("button", { down: true });
    this.#booted?.();
    this.#booted = undefined;
  }

  #join({ SSID, password }: Said["join"]): void {
    this.#left();
    const lost = () => {
      this.#leave = undefined;
      this.#tell("wifi", { failure: "lost" });
    };
    const entered = this.#options.radio.enter(
      SSID,
      password,
      (address) => this.#host(address),
      lost,
    );
    if (typeof entered === "string") {
      this.#tell("wifi", { failure: entered });
      return;
    }
    this.#leave = entered.leave;
    if (entered.address === undefined) return; // the bench's router has no addresses to give
    this.emit("wifi", { connection: 3, SSID, failure: undefined });
    this.#tell("wifi", { address: entered.address });
  }

  /** Nothing of the set-up listens in the owner's network. */
  #host(address: string): Host {
    return { address, ports: async () => new Map() };
  }

  #left(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  #accessPoint({ SSID, open }: Said["accessPoint"]): void {
    this.#closeAccessPoint?.();
    this.#closeAccessPoint = undefined;
    if (open)
      this.#closeAccessPoint = this.#options.radio.openAccessPoint(SSID, {
        address: accessPointAddress,
        ports: async () => this.#ports,
      });
    this.emit("accessPoint", { SSID, open });
  }

  #endLife(): void {
    this.#left();
    this.#closeAccessPoint?.();
    this.#closeAccessPoint = undefined;
    this.#ports.clear();
    this.#lit = false;
    for (const answer of this.#heaps.splice(0)) answer(nothingHeld);
  }

  #set(state: UnitState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.emit("state", state);
  }
}
