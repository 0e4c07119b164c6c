/**
 * Where the product lives in the firmware (EN 303 645 5.6-7): it is handed these capabilities and
 * nothing else, frozen, each checked at the door. What it runs in (a compartment of its own, on
 * primordials that nobody can change) is the root's affair: `platform/moddable/product.ts` on the chip.
 */
import type { Platform } from "./platform/platform.ts";
import type { Report } from "./privacy/data-map.ts";
import type { Product, RunningProduct } from "./product/capabilities.ts";

/** A product asks for one clock or two; one that asks for hundreds is broken or hostile. */
const mostTimers = 4;
const shortestPeriodMs = 100;
const longestPeriodMs = 24 * 60 * 60_000;

export function houseProduct(
  product: Product,
  { timer, climate }: Pick<Platform, "timer" | "climate">,
  lamp: { write(value: 0 | 1): void },
  outlet: { publish(kind: "state", report: Report): unknown },
): RunningProduct<unknown> {
  const sensor = new climate();
  let timers = 0;
  const { freeze } = Object;
  return product.start(
    freeze({
      lamp: freeze({ write: freeze((value: 0 | 1) => lamp.write(value === 1 ? 1 : 0)) }),
      climate: freeze({
        sample: freeze(() => {
          const { thermometer, hygrometer } = sensor.sample();
          return { temperature: thermometer.temperature, humidity: hygrometer.humidity };
        }),
      }),
      // A copy, of which the data map lets out what it knows: the product's own object goes no further.
      publish: freeze((state: Report) => void outlet.publish("state", { ...state })),
      every: freeze((periodMs: number, callback: () => void) => {
        if (typeof callback !== "function" || timers === mostTimers) return;
        timers++;
        const period = bounded(periodMs);
        const again = () => {
          timer.set(again, period);
          callback();
        };
        timer.set(again, period);
      }),
    }),
  );
}

function bounded(periodMs: unknown): number {
  const wanted = typeof periodMs === "number" && periodMs >= 0 ? periodMs : longestPeriodMs;
  return Math.max(shortestPeriodMs, Math.min(longestPeriodMs, wanted));
}
