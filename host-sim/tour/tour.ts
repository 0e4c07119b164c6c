/** `npm run tour`: one unit's life without a browser, a line a stage. */
import { parseArgs } from "node:util";
import { oneOf, runCommandLine } from "../command-line.ts";
import { openDesk } from "../desk/desk.ts";
import { defaultHeapLimit } from "../engine/engine.ts";
import { engineNamed } from "../engine/engines.ts";
import { type Stage, walk } from "./stages.ts";

const usage = `usage: npm run tour -- [--engine node|xs] [--broker in-process|mosquitto] [--json]

  --engine   what runs the firmware: node (default) or xs (the chip's engine, with its heap limit)
  --broker   in-process (default) or mosquitto (must be installed; $MOSQUITTO names another one)
  --json     the stages as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      engine: { type: "string", default: "node" },
      broker: { type: "string", default: "in-process" },
      json: { type: "boolean", default: false },
    },
  });
  const broker = oneOf("--broker", values.broker, ["in-process", "mosquitto"]);
  const engine = engineNamed(values.engine);

  const started = performance.now();
  const desk = await openDesk({ engine, broker });
  const stages: Stage[] = [];
  try {
    await walk(desk, started, (stage) => {
      stages.push(stage);
      if (!values.json)
        console.log(
          `${stage.stage.padEnd(12)} ${stage.ms.toFixed(1).padStart(8)} ms  ${stage.saw}`,
        );
    });
    const totalMs = Math.round(performance.now() - started);
    const heap = peakOf(stages);
    if (values.json)
      console.log(JSON.stringify({ engine: engine.name, broker, stages, totalMs, heap }, null, 2));
    else {
      if (heap)
        console.log(
          `heap above the loaded code: peak ${heap.slots} B slots, ${heap.chunks} B chunks; limit ${heap.limit} B together`,
        );
      console.log(`a whole life in ${(totalMs / 1000).toFixed(1)} s on ${engine.name}`);
    }
  } finally {
    await desk.close();
  }
});

/** The highest of all stages; each kind on its own, and not necessarily at the same moment. */
function peakOf(stages: readonly Stage[]) {
  const peaks = stages.flatMap(({ heapPeak }) => heapPeak ?? []);
  if (peaks.length === 0) return undefined;
  return {
    slots: Math.max(...peaks.map(({ slots }) => slots)),
    chunks: Math.max(...peaks.map(({ chunks }) => chunks)),
    limit: defaultHeapLimit,
  };
}
