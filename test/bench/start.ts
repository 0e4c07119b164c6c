/** From the plug to a running device and to its word that it is online, on each engine. */
import { addressMs, associateMs } from "../../host-sim/board/station.ts";
import type { Engine } from "../../host-sim/engine/engine.ts";
import { engineNames } from "../../host-sim/engine/engines.ts";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import { xsAvailable, xsEngine } from "../../host-sim/engine/xs-engine.ts";
import { openStreet } from "../../host-sim/fleet/street.ts";
import { median } from "./median.ts";

interface StartTimes {
  /** From the plug until the firmware has worked off "boot", ms. */
  readonly runningMs: number;
  /** From the plug until the broker has "online", ms: Wi-Fi, TLS handshake and MQTT included. */
  readonly connectedMs: number;
}

export interface StartFigures {
  /** Medians; an engine that cannot run here says why. */
  readonly engines: Readonly<Record<string, StartTimes | { readonly skipped: string }>>;
  /** Of `connectedMs`: what the simulated radio takes to join, by its clock. */
  readonly radioMs: number;
  readonly starts: number;
}

const engines: Readonly<Record<(typeof engineNames)[number], Engine>> = {
  node: nodeEngine,
  xs: xsEngine,
};

export async function run({ starts = 9 } = {}): Promise<StartFigures> {
  const times: Record<string, StartTimes | { skipped: string }> = {};
  for (const name of engineNames) {
    const available = name === "xs" ? xsAvailable() : { ok: true as const };
    times[name] = available.ok
      ? await startTimes(engines[name], starts)
      : { skipped: available.reason };
  }
  return { engines: times, radioMs: associateMs + addressMs, starts };
}

async function startTimes(engine: Engine, starts: number): Promise<StartTimes> {
  const street = await openStreet({ engine, devices: 1 });
  const { id, unit } = street.residents[0]!;
  const running: number[] = [];
  const connected: number[] = [];
  try {
    // The first start builds what is missing and warms up; it counts for nobody.
    for (let start = 0; start <= starts; start++) {
      const online = street.online(id);
      const plugged = performance.now();
      await unit.plug();
      const runningMs = performance.now() - plugged;
      await online;
      if (start > 0) {
        running.push(runningMs);
        connected.push(performance.now() - plugged);
      }
      unit.unplug();
    }
  } finally {
    await street.close();
  }
  return { runningMs: median(running), connectedMs: median(connected) };
}

export function describe({ engines: times, radioMs, starts }: StartFigures): string {
  const lines = Object.entries(times).map(([name, figures]) =>
    "skipped" in figures
      ? `${name}: ${figures.skipped}`
      : `${name}: plug to running ${figures.runningMs.toFixed(1)} ms, to online ${figures.connectedMs.toFixed(1)} ms`,
  );
  return [...lines, `(median of ${starts}; ${radioMs} ms of it the simulated radio)`].join("\n");
}
