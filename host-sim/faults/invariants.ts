/** What must hold whatever goes wrong: watched all the time, and read from the flash in the quiet. */
import { Buffer } from "node:buffer";
import { linkLimits } from "../../device/link/link-limits.ts";
import { holdMs } from "../../device/setup/button.ts";
import { windowMs } from "../../device/setup/set-up.ts";
import { loopLength, soundMs } from "../../device/storage/restart-loop.ts";
import { blockLength } from "../board/nor-flash.ts";
import { inspect } from "../sweep/inspect.ts";
import type { World } from "./world.ts";

/** Deaths that the world brings about; others are the firmware's own. */
export interface Expected {
  deaths: boolean;
}

/** What may leave in one go after an outage: the outbox, the window, and the availability. */
const burstBytes = linkLimits.totalBytes + linkLimits.windowBytes + linkLimits.messageBytes;
const burstMs = 1_000;
/** Erases that the worst block may take: 100,000 in ten years (data sheets of NOR flash), by the day. */
export const erasesADay = 100_000 / 3_652;
/** A press may be answered a while after the release: the unit was starting. */
const answeredMs = 5_000;
/** An episode of faults, and what a unit remembers of it. */
const attackedMs = 12 * 3_600_000;

export class Invariants {
  readonly violations: { readonly atMs: number; readonly what: string }[] = [];
  readonly expected: Expected = { deaths: false };
  readonly figures = { deaths: 0, boots: 0, safeModes: 0, messages: 0, mostBurstBytes: 0 };
  readonly #world: World;
  readonly #start: ReturnType<typeof inspect>;
  readonly #erases = new Map<number, number>();
  #floors: Record<string, number> = {};
  #heldAtMs = Number.NEGATIVE_INFINITY;
  #pressedAtMs: number | undefined;
  #connectedAtMs = 0;
  #burst = 0;
  #bootedAtMs = 0;
  #badLives = 0;
  #announcedRestart = false;
  #attackedAtMs = Number.NEGATIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
    this.#start = inspect(world.flash);
    this.#watch();
  }

  fail(what: string): void {
    this.violations.push({ atMs: Math.round(this.#world.clock.now()), what });
  }

  /** Something begins, or goes on, that a unit may take for an attack. */
  attacked(): void {
    this.#attackedAtMs = this.#world.clock.now();
  }

  /** The worst block's erases. */
  get mostErases(): number {
    return Math.max(0, ...this.#erases.values());
  }

  /** What the flash holds now, power on or off. */
  checkFlash(): void {
    const now = inspect(this.#world.flash);
    const start = this.#start;
    if (now.identity !== start.identity) this.fail("the identity changed");
    if (now.claim !== start.claim) this.fail("the claim is lost or changed");
    if (now.boots !== start.boots) this.fail("another image boots, or none");
    this.#checkFloor("slot counter", now.slots.floor);
    for (const name of ["time-floor", "order-counter"])
      this.#checkFloor(name, number(now.system.get(name)));
  }

  /** Nobody has asked for the set-up window for a while: nothing listens, and no access point is up. */
  checkQuiet(): void {
    const { unit, clock, radio } = this.#world;
    if (clock.now() - this.#heldAtMs < windowMs + answeredMs) return;
    if (unit.listening().length > 0) this.fail(`it listens on ${unit.listening().join(", ")}`);
    if (radio.air.length > 1) this.fail(`its access point is up: ${radio.air.join(", ")}`);
  }

  checkWear(days: number): void {
    const allowed = Math.ceil(erasesADay * Math.max(1, days));
    if (this.mostErases > allowed)
      this.fail(`a block was erased ${this.mostErases} times in ${days} days (${allowed} allowed)`);
  }

  #checkFloor(name: string, value: number): void {
    if (value < (this.#floors[name] ?? 0)) this.fail(`the floor of ${name} fell`);
    this.#floors = { ...this.#floors, [name]: value };
  }

  #watch(): void {
    const { unit, clock, broker, flash } = this.#world;
    unit.on("death", ({ death, detail }) => {
      this.figures.deaths++;
      const sound = clock.now() - this.#bootedAtMs >= soundMs;
      this.#badLives = sound || death === "restart" ? 0 : this.#badLives + 1;
      // One more than it takes, and one for a count whose write the power cut.
      if (this.#badLives === loopLength + 2)
        this.fail(`it died ${this.#badLives} times in a row and never came up in safe mode`);
      const announced = death === "restart" && this.#announcedRestart;
      this.#announcedRestart = false;
      if (!this.expected.deaths && !announced && death !== "power-cut")
        this.fail(`it died by itself: ${death} ${detail.split("\n")[0]}`);
    });
    unit.on("boot", () => {
      this.figures.boots++;
      this.#bootedAtMs = clock.now();
      const boot = this.figures.boots;
      // A sound life ends what was counted, also when it is the plug that ends it.
      clock.after(soundMs, () => {
        if (this.figures.boots === boot && unit.state === "running") this.#badLives = 0;
      });
    });
    unit.on("trace", ({ room, event, detail }) => {
      if (room !== "telemetry") return;
      const restarts = detail?.reason === "restarts" && this.expected.deaths;
      if (event === "anomaly" && !restarts && clock.now() - this.#attackedAtMs > attackedMs)
        this.fail(`it cried wolf: ${detail?.reason}`);
      if (event === "safe-mode") {
        this.figures.safeModes++;
        this.#badLives = 0;
      }
      if (event === "safe-mode-left") this.#announcedRestart = true;
    });
    unit.on("button", (down) => {
      const since = this.#pressedAtMs;
      this.#pressedAtMs = down ? clock.now() : undefined;
      // In safe mode, and for a unit that is just starting, a short touch is nothing.
      if (!down && since !== undefined && clock.now() - since >= holdMs)
        this.#heldAtMs = clock.now();
    });
    unit.on("listen", ({ port }) => {
      const pressed = this.#pressedAtMs ?? this.#heldAtMs;
      if (clock.now() - Math.max(pressed, this.#heldAtMs) > windowMs)
        this.fail(`it listens on ${port} and nobody held the button`);
      else this.#heldAtMs = clock.now();
    });
    broker.onConnected = () => {
      this.#connectedAtMs = clock.now();
      this.#burst = 0;
    };
    broker.onTold = ({ payload }) => {
      this.figures.messages++;
      if (clock.now() - this.#connectedAtMs > burstMs) return;
      this.#burst += payload.length;
      this.figures.mostBurstBytes = Math.max(this.figures.mostBurstBytes, this.#burst);
      if (this.#burst > burstBytes && this.#burst - payload.length <= burstBytes)
        this.fail(`${this.#burst} bytes had waited for the broker`);
    };
    flash.observe(({ kind, offset }) => {
      if (kind !== "erase" || unit.state === "off") return;
      const block = offset / blockLength;
      this.#erases.set(block, (this.#erases.get(block) ?? 0) + 1);
    });
  }
}

/** A little-endian record of up to eight bytes as a number that grows with it; 0 when absent. */
function number(hex: string | undefined): number {
  if (hex === undefined) return 0;
  const bytes = Buffer.from(hex, "hex");
  return bytes.length === 4
    ? bytes.readUInt32LE()
    : bytes.length >= 16
      ? Number(bytes.readBigUInt64BE(8))
      : 0;
}
