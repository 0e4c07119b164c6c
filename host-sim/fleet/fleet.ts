/** `npm run fleet`: many units on one desk, powered in the same moment; or a storm of many more. */
import { parseArgs } from "node:util";
import { Fault } from "../../provisioning/fault.ts";
import { usualConnectsPerSecond } from "../broker/admission.ts";
import { runCommandLine, wholeNumber } from "../command-line.ts";
import { engineNamed } from "../engine/engines.ts";
import { type FleetFigures, powerAll, type Spread } from "./measure.ts";
import { reportStorm } from "./storm/report.ts";
import { openStreet } from "./street.ts";

const usage = `usage: npm run fleet -- [--devices N] [--engine node|xs] [--patience SECONDS] [--json]

  --devices    how many units (1 to 1000; default 20)
  --engine     what runs the firmware: node (default) or xs (a process of its own for each unit)
  --patience   how long to wait for the last of them (1 to 3600 seconds; default 120)
  --json       the figures as JSON on standard output

       npm run fleet -- --storm [--devices N] [--ceiling N] [--spread SECONDS] [--seed N] [--without-jitter] [--json]

  --storm      the broker is lost and found by everybody in one moment; the town gets its power back. The
               units are the device's own link code on a virtual clock; the network is a model
  --devices    how many units (10 to 100000; default 10000)
  --ceiling    dials a second that the broker takes on (default 500)
  --spread     what the units were told at set-up (0 to 300 seconds; default: the firmware's, 60)
  --without-jitter   the control: every unit draws the same, and the ceiling is broken`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      devices: { type: "string" },
      engine: { type: "string", default: "node" },
      patience: { type: "string", default: "120" },
      json: { type: "boolean", default: false },
      storm: { type: "boolean", default: false },
      ceiling: { type: "string", default: String(usualConnectsPerSecond) },
      spread: { type: "string" },
      seed: { type: "string", default: "1" },
      "without-jitter": { type: "boolean", default: false },
    },
  });
  if (values.storm) {
    const spread = values.spread;
    reportStorm(
      {
        devices: wholeNumber("--devices", values.devices ?? "10000", 10, 100_000),
        ceiling: wholeNumber("--ceiling", values.ceiling, 1, 100_000),
        seed: wholeNumber("--seed", values.seed, 0, 1_000_000_000),
        jitter: !values["without-jitter"],
        ...(spread === undefined ? {} : { spreadS: wholeNumber("--spread", spread, 0, 300) }),
      },
      values.json,
    );
    return;
  }
  const devices = wholeNumber("--devices", values.devices ?? "20", 1, 1_000);
  const patience = wholeNumber("--patience", values.patience, 1, 3_600);
  const engine = engineNamed(values.engine);

  const street = await openStreet({ engine, devices, onMade: progress("made", devices) });
  try {
    const signal = AbortSignal.timeout(patience * 1_000);
    const figures = await powerAll(street, signal, progress("connected", devices));
    console.log(values.json ? JSON.stringify(figures, null, 2) : describe(figures));
    if (figures.missing.length > 0)
      throw new Fault(`not connected after ${patience} s: ${figures.missing.join(", ")}`);
  } finally {
    await street.close();
  }
});

/** One line that is written over at a terminal; elsewhere a line at each tenth. */
function progress(what: string, all: number): (count: number) => void {
  const { isTTY } = process.stderr;
  const step = Math.max(1, Math.ceil(all / 10));
  return (count) => {
    const line = `${what} ${count} of ${all}`;
    if (isTTY) process.stderr.write(`\r${line}${count === all ? "\n" : ""}`);
    else if (count === all || count % step === 0) process.stderr.write(`${line}\n`);
  };
}

function describe(figures: FleetFigures): string {
  const { engine, devices, connected, seconds, deaths, memoryPerDevice, heap } = figures;
  const { engineProcess, desk } = memoryPerDevice;
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1024)} KB`;
  const both = ({ mean, max }: Spread) => `${kilobytes(mean)} (at most ${kilobytes(max)})`;
  const died = Object.entries(deaths).map(([death, count]) => `${count} × ${death}`);
  return [
    `${connected} of ${devices} connected in ${seconds.toFixed(1)} s on ${engine}`,
    ...(died.length > 0 ? [`firmware died: ${died.join(", ")}`] : []),
    ...(engineProcess ? [`memory of a device's own process: ${both(engineProcess)}`] : []),
    `memory of a device in this process (board, both ends of TLS): ${kilobytes(desk)}`,
    ...(heap
      ? [
          `heap above the loaded code, peak: slots ${both(heap.slots)}, chunks ${both(heap.chunks)}, limit ${kilobytes(heap.limit)}`,
        ]
      : []),
  ].join("\n");
}
