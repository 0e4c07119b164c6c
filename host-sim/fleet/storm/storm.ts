/**
 * A broker that ten thousand units lose in one moment and find again, on a virtual clock. What dials
 * is the device's very `Link` (device/link: session, outbox, backoff, jitter), one for each unit; what
 * is a model is below it: TLS takes 400 ms and cannot fail, the network is never slow, and Wi-Fi is
 * always there. `test/storm.long.test.ts` holds the model against whole units on a real broker.
 */
import { type BackoffLimits, longestReturn } from "../../../device/link/backoff.ts";
import { Link } from "../../../device/link/link.ts";
import { linkLimits } from "../../../device/link/link-limits.ts";
import { usualSpreadS } from "../../../device/setup/claim.ts";
import { seededEntropy } from "../../board/entropy.ts";
import { EventQueue } from "./event-queue.ts";
import { type BrokerState, type Dial, StormBroker } from "./storm-broker.ts";

export interface StormOptions {
  readonly devices: number;
  /** Dials a second that the broker takes on. */
  readonly ceiling: number;
  readonly seed: number;
  readonly spreadS?: number;
  /** Without it every draw is the same: the control. */
  readonly jitter?: boolean;
}

/** What happens to everybody in one moment. */
export interface Blow {
  readonly name: string;
  /** undefined: power comes back, and nobody was connected before. */
  readonly away: { readonly ms: number; readonly how: Exclude<BrokerState, "up"> } | undefined;
}

export const blows: readonly Blow[] = [
  { name: "power back in the whole town", away: undefined },
  { name: "broker restarted (1 s)", away: { ms: 1_000, how: "refusing" } },
  { name: "broker away for 20 s", away: { ms: 20_000, how: "refusing" } },
  { name: "broker away for 2 min", away: { ms: 120_000, how: "refusing" } },
  { name: "broker silent for 5 min", away: { ms: 300_000, how: "silent" } },
  { name: "broker away for 15 min", away: { ms: 900_000, how: "refusing" } },
];

export interface StormFigures {
  readonly name: string;
  readonly devices: number;
  readonly ceiling: number;
  /** Most dials in any second (sliding), from the blow to the end. */
  readonly peakDialsPerSecond: number;
  /** Most of them that the broker took on. */
  readonly peakConnectsPerSecond: number;
  /** Dials that the ceiling turned away. */
  readonly turnedAway: number;
  readonly back: number;
  /** From the return to the last unit that is back, s. */
  readonly lastBackS: number;
  readonly medianBackS: number;
  /** Nobody may need longer than this, s: from the device's own limits. */
  readonly boundS: number;
  /** Most dials that one unit needed after the return. */
  readonly mostDials: number;
}

/** Handshake, first flight, and the rounding of a sliding second. */
const connectMs = 2_000;

export function storm(options: StormOptions, blow: Blow): StormFigures {
  const { devices, ceiling, seed, spreadS = usualSpreadS, jitter = true } = options;
  const queue = new EventQueue();
  const broker = new StormBroker(queue, ceiling);
  const backoff: BackoffLimits = { ...linkLimits.backoff, spreadMs: spreadS * 1_000 };
  const backAtMs: (number | undefined)[] = Array.from({ length: devices });
  const links = Array.from({ length: devices }, (_, unit) => {
    const entropy = seededEntropy(`storm/${seed}/${unit}`);
    return new Link({
      TLS: broker.socketsOf(unit),
      timer: queue.timer,
      clock: queue.clock,
      random: jitter ? entropy : (length) => new Uint8Array(length).fill(0x80),
      trace: () => {},
      endpoint: { host: "broker.test", port: 8883, serverName: "broker.test" },
      identity: { id: `unit${unit}`, certificate: [], privateKey: new Uint8Array(0), anchors: [] },
      onCommand: () => {},
      onState: ({ phase }) => {
        if (phase === "connected") backAtMs[unit] ??= queue.nowMs;
        else if (phase === "waiting") backAtMs[unit] = undefined;
      },
      limits: { backoff },
    });
  });
  const { away } = blow;
  if (away === undefined) for (const link of links) link.start("spread");
  else settle(links, queue, broker, ceiling);
  const blowAtMs = queue.nowMs;
  const firstDial = broker.dials.length;
  if (away) {
    broker.fall(away.how);
    queue.run(blowAtMs + away.ms);
    broker.state = "up";
  }
  const returnAtMs = queue.nowMs;
  const longestMs = away
    ? // A dial that nobody answers is given up, and only then the wait begins.
      longestReturn(backoff, away.ms) + (away.how === "silent" ? linkLimits.connectMs : 0)
    : spreadS * 1_000;
  const boundMs = longestMs + connectMs;
  // Past the bound as well: a unit that is late shall be told from one that is lost.
  for (let ms = 0; ms < 20 * boundMs && backAtMs.includes(undefined); ms += 1_000)
    queue.run(queue.nowMs + 1_000);
  for (const link of links) link.stop();

  const dials = broker.dials.slice(firstDial);
  const after = backAtMs.flatMap((atMs) => (atMs === undefined ? [] : [atMs - returnAtMs]));
  after.sort((one, other) => one - other);
  const seconds = (ms: number) => Math.round(ms / 100) / 10;
  return {
    name: blow.name,
    devices,
    ceiling,
    peakDialsPerSecond: peak(dials),
    peakConnectsPerSecond: peak(dials.filter(({ outcome }) => outcome === "admitted")),
    turnedAway: dials.filter(({ outcome }) => outcome === "too-many").length,
    back: after.length,
    lastBackS: seconds(after.at(-1) ?? 0),
    medianBackS: seconds(after[after.length >> 1] ?? 0),
    boundS: seconds(boundMs),
    mostDials: mostDials(dials, returnAtMs),
  };
}

/** What is wrong with a storm, in words; nothing when the fleet came back as it should. */
export function faultsOf(figures: StormFigures): string[] {
  const { devices, ceiling, peakDialsPerSecond, back, lastBackS, boundS, turnedAway } = figures;
  return [
    ...(peakDialsPerSecond > ceiling ? [`${peakDialsPerSecond} dials in one second`] : []),
    ...(back < devices ? [`${devices - back} units never came back`] : []),
    ...(back === devices && lastBackS > boundS ? [`the last needed ${lastBackS} s`] : []),
    ...(turnedAway > 0 ? [`${turnedAway} dials were turned away`] : []),
  ];
}

/** Everybody connected, one after the other, and half a minute older, so that connections count as held. */
function settle(
  links: readonly Link[],
  queue: EventQueue,
  broker: StormBroker,
  ceiling: number,
): void {
  for (const link of links) {
    queue.run(queue.nowMs + 1_500 / ceiling);
    link.start();
  }
  queue.run(queue.nowMs + 60_000);
  if (broker.connected !== links.length) throw new Error("the fleet did not even connect");
}

/** Most dials in any second. */
function peak(dials: readonly Dial[]): number {
  let most = 0;
  for (let first = 0, last = 0; last < dials.length; last++) {
    while ((dials[first] as Dial).atMs <= (dials[last] as Dial).atMs - 1_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

function mostDials(dials: readonly Dial[], sinceMs: number): number {
  const counts = new Map<number, number>();
  for (const { unit, atMs } of dials)
    if (atMs > sinceMs) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
