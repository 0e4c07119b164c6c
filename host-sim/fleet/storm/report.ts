/** `npm run fleet -- --storm`: every blow of the list, what became of the fleet, and what was wrong. */
import { Fault } from "../../../provisioning/fault.ts";
import { blows, faultsOf, type StormFigures, type StormOptions, storm } from "./storm.ts";

export interface StormReport {
  /** What the figures are of. */
  readonly model: string;
  readonly seed: number;
  readonly spreadS: number | undefined;
  readonly jitter: boolean;
  readonly blows: readonly (StormFigures & { readonly faults: readonly string[] })[];
}

const model =
  "the device's own link code (device/link) on a virtual clock, one for each unit; TLS, TCP and Wi-Fi are a model";

/** @throws Fault when the fleet did not come back as it should. */
export function reportStorm(options: StormOptions, json: boolean): void {
  const found: StormReport["blows"][number][] = [];
  for (const blow of blows) {
    const figures = storm(options, blow);
    found.push({ ...figures, faults: faultsOf(figures) });
    if (!json) console.log(line(figures));
  }
  const { seed, spreadS, jitter = true } = options;
  const report: StormReport = { model, seed, spreadS, jitter, blows: found };
  if (json) console.log(JSON.stringify(report, null, 2));
  else console.log(`(${model})`);
  const faults = found.flatMap((blow) => blow.faults.map((fault) => `${blow.name}: ${fault}`));
  if (faults.length > 0) throw new Fault(faults.join("; "));
}

function line(figures: StormFigures): string {
  const { name, devices, back, ceiling, peakDialsPerSecond, lastBackS, boundS, mostDials } =
    figures;
  return (
    `${name.padEnd(32)} ${back} of ${devices} back, the last after ${lastBackS} s of at most ${boundS} s; ` +
    `at most ${peakDialsPerSecond} dials a second of ${ceiling}, ${mostDials} by one unit`
  );
}
