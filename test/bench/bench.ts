/** `npm run bench`: measures; asserts nothing, because a busy machine is not a bug. */
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { oneOf, runCommandLine } from "../../host-sim/command-line.ts";
import * as delta from "./delta.ts";
import * as metadata from "./metadata.ts";
import * as mqtt from "./mqtt.ts";
import * as provisioning from "./provisioning.ts";
import * as start from "./start.ts";

const suites = {
  mqtt: {
    title: "our MQTT client beside MQTT.js, one broker",
    run: async () => result(await mqtt.run(), mqtt.describe),
  },
  start: {
    title: "device start",
    run: async () => result(await start.run(), start.describe),
  },
  delta: {
    title: "delta updates beside bsdiff and xdelta3, one pair of images",
    run: async () => result(await delta.run(), delta.describe),
  },
  metadata: {
    title: "a set of update metadata verified, beside tuf-js",
    run: async () => result(await metadata.run(), metadata.describe),
  },
  provisioning: {
    title: "provisioning",
    run: async () => result(await provisioning.run(), provisioning.describe),
  },
};
type SuiteName = keyof typeof suites;
const names = Object.keys(suites) as SuiteName[];

const usage = `usage: npm run bench -- [--only ${names.join("|")}] [--json]

  --only   one suite only
  --json   the figures as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: { only: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const chosen = values.only === undefined ? names : [oneOf("--only", values.only, names)];
  const machine = machineFacts();
  const figures: Partial<Record<SuiteName, unknown>> = {};
  if (!values.json) console.log(Object.values(machine).join(" · "));
  for (const name of chosen) {
    process.stderr.write(`measuring ${name} …\n`);
    const { figures: measured, text } = await suites[name].run();
    figures[name] = measured;
    if (!values.json) console.log(`\n${name}: ${suites[name].title}\n${text.replace(/^/gm, "  ")}`);
  }
  if (values.json) console.log(JSON.stringify({ machine, ...figures }, null, 2));
});

function result<Figures>(figures: Figures, describe: (figures: Figures) => string) {
  return { figures, text: describe(figures) };
}

/** What figures depend on, and nothing that says whose machine it is. */
function machineFacts() {
  const load = loadavg()[0] ?? 0;
  return {
    node: `Node ${process.versions.node}`,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: `${availableParallelism()} cores`,
    load: `load ${load.toFixed(1)} at the start`,
  };
}
