/** One unit's life in nine stages, at any desk, on any engine, with any broker. */
import type { Desk } from "../desk/desk.ts";

export const stageNames = [
  "made",
  "booted",
  "paired",
  "claimed",
  "connected",
  "commanded",
  "reported",
  "restarted",
  "reconnected",
] as const;
export type StageName = (typeof stageNames)[number];

export interface Stage {
  readonly stage: StageName;
  /** Milliseconds since the stage before. */
  readonly ms: number;
  /** What was seen, in plain words, without secrets. */
  readonly saw: string;
  /** Highest heap of this life so far, bytes above the loaded code; absent where none is measured. */
  readonly heapPeak?: { readonly slots: number; readonly chunks: number };
}

const isClimate = (topic: string, body: unknown): body is { temperature: number } =>
  topic === "state" && typeof (body as { temperature?: unknown })?.temperature === "number";

/** Runs the life; `onStage` hears of each stage as it is reached. The desk has just made its unit. */
export async function walk(
  desk: Desk,
  since: number,
  onStage: (stage: Stage) => void,
): Promise<void> {
  const { unit, owner, papers } = desk;
  let last = since;
  const reached = async (stage: StageName, saw: string) => {
    const ms = Math.round((performance.now() - last) * 10) / 10;
    const { limit, slotsPeak, chunksPeak } = await unit.heap();
    const heapPeak = { slots: slotsPeak, chunks: chunksPeak };
    onStage({ stage, ms, saw, ...(limit > 0 ? { heapPeak } : {}) });
    last = performance.now();
  };
  await reached("made", `serial ${papers.serial}, id ${papers.id}`);

  await unit.plug();
  await reached("booted", `${unit.state}, ${unit.listening().length} ports listening`);

  // From the button to the broker, pairing included: an emulated chip on a busy machine takes its time.
  const online = owner.next(
    (topic, body) => topic === "availability" && body === "online",
    120_000,
  );
  tap(desk);
  await settled(desk, () => unit.listening().length > 0);
  let paired: Promise<void> | undefined;
  // The proof is over when the app goes on to the Wi-Fi.
  await desk.setUp({}, (stage) => {
    if (stage === "joining") paired = reached("paired", "SPAKE2+ proved the label's password");
  });
  await paired;
  await settled(desk, () => unit.listening().length === 0);
  await reached("claimed", "owner's key, Wi-Fi and broker stored; nothing listens any more");

  await desk.connectOwner();
  await online;
  await reached("connected", desk.broker.name === "mosquitto" ? "Mosquitto" : "broker in process");

  await owner.command(papers.id, "tour-1", { lamp: true });
  await settled(desk, () => unit.lamp);
  await reached("commanded", "the lamp is on");

  const reported = owner.next(isClimate);
  // Nobody has agreed to it yet, so until now the lamp was all that was sent.
  await owner.order(papers.id, {
    cmd: "consent",
    args: { purpose: "climate", granted: true },
  });
  const { temperature } = await reported;
  await reached("reported", `the owner agreed to the climate: ${temperature} °C`);

  const back = owner.next((topic, body) => topic === "availability" && body === "online", 60_000);
  unit.unplug();
  await unit.plug();
  await reached("restarted", `plug pulled and put back; ${unit.state}`);

  await back;
  await reached("reconnected", "joined and connected by itself");
}

export function tap({ unit }: Desk): void {
  unit.press();
  setTimeout(() => unit.release(), 150);
}

/** Waits for something the desk can see; rejects after `timeoutMs`. */
export async function settled(
  desk: Desk,
  condition: () => boolean,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(
        `the unit did not get there in ${timeoutMs / 1000} s (it is ${desk.unit.state})`,
      );
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
