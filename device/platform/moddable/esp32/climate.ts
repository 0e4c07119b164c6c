/** A Sensirion SHT3x on the board's I2C bus. */
import I2C from "embedded:io/i2c";
import SHT3x from "embedded:sensor/Humidity-Temperature/SHT3x";
import type { ClimateSensor } from "../../platform.ts";

/** A board without the sensor is still a lamp: what cannot be measured is no number. */
const nothing = { thermometer: { temperature: Number.NaN }, hygrometer: { humidity: Number.NaN } };

export function climateOn(pins: { data: number; clock: number }): new () => ClimateSensor {
  return class BoardClimate implements ClimateSensor {
    private readonly sensor: SHT3x | undefined;

    constructor() {
      try {
        this.sensor = new SHT3x({ sensor: { io: I2C, ...pins } });
      } catch {
        this.sensor = undefined;
      }
    }

    sample(): ReturnType<ClimateSensor["sample"]> {
      try {
        const { thermometer, hygrometer } = this.sensor?.sample() ?? {};
        return {
          thermometer: { temperature: thermometer?.temperature ?? Number.NaN },
          // The driver speaks of percent, ECMA-419 of a fraction.
          hygrometer: { humidity: (hygrometer?.humidity ?? Number.NaN) / 100 },
        };
      } catch {
        return nothing;
      }
    }

    close(): void {
      this.sensor?.close();
    }
  };
}
