/** The reference product: a lamp with a climate sensor. Replace this file to make another. */
import type { Product } from "./capabilities.ts";

export interface Setting {
  readonly lamp: boolean;
}

const reportPeriodMs = 60_000;
const tenths = (value: number) => Math.round(value * 10) / 10;

export const product: Product<Setting> = {
  name: "lamp",
  names: ["lamp"],
  parse(value) {
    if (typeof value !== "object" || value === null) return undefined;
    const fields = Object.keys(value);
    const lamp = (value as { lamp?: unknown }).lamp;
    return fields.length === 1 && typeof lamp === "boolean" ? { lamp } : undefined;
  },
  start({ lamp, climate, publish, every }) {
    let on = false;
    const report = () => {
      const { temperature, humidity } = climate.sample();
      publish({
        lamp: on,
        temperature: tenths(temperature),
        humidity: Math.round(humidity * 100) / 100,
      });
    };
    const light = (wanted: boolean) => {
      on = wanted;
      lamp.write(on ? 1 : 0);
      report();
    };
    every(reportPeriodMs, report);
    report();
    return {
      apply: (setting) => light(setting.lamp),
      tap: () => light(!on),
      healthy() {
        const { temperature, humidity } = climate.sample();
        // What the sensor can measure (its data sheet); a broken one says something else, or NaN.
        return temperature >= -40 && temperature <= 125 && humidity >= 0 && humidity <= 1;
      },
      // Somebody may be on the stairs.
      atRest: () => !on,
      makeSafe: () => light(false),
    };
  },
};
