/** `npm run tour`: one unit's life without a browser, a line a stage. */
import { parseArgs } from "node:util";
import { runCommandLine, UsageError } from "../command-line.ts";
import { openDesk } from "../desk/desk.ts";
import { engineNamed } from "../engine/engines.ts";
import { type Stage, walk } from "./stages.ts";

const usage = `usage: npm run tour -- [--engine node|xs] [--broker in-process|mosquitto] [--json]

  --engine   what runs the firmware: node (default) or xs (the chip's engine, with its heap limit)
  --broker   in-process (default) or mosquitto (must be installed)
  --json     the stages as JSON on standard output`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      engine: { type: "string", default: "node" },
      broker: { type: "string", default: "in-process" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const { broker } = values;
  if (broker !== "in-process" && broker !== "mosquitto")
    throw new UsageError(`unknown broker "${broker}": use in-process or mosquitto`);
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
    const heap = await desk.unit.heap();
    const totalMs = Math.round(performance.now() - started);
    const measured = heap.limit > 0 ? heap : undefined;
    if (values.json)
      console.log(
        JSON.stringify({ engine: engine.name, broker, stages, totalMs, heap: measured }, null, 2),
      );
    else {
      if (measured)
        console.log(
          `heap above the loaded code: peak ${measured.slotsPeak} B slots + ${measured.chunksPeak} B chunks, limit ${measured.limit} B`,
        );
      console.log(`a whole life in ${(totalMs / 1000).toFixed(1)} s on ${engine.name}`);
    }
  } finally {
    await desk.close();
  }
});
