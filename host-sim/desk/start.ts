/** `npm start`: the desk and its page. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runCommandLine, untilInterrupted, wholeNumber } from "../command-line.ts";
import { engineNamed } from "../engine/engines.ts";
import { portIsFree, servePanel } from "../panel/serve.ts";
import { openDesk } from "./desk.ts";
import { connectHousehold } from "./owner-side.ts";
import { pageDesk } from "./page-desk.ts";

const usage = `usage: npm start -- [--port N] [--engine node|xs] [--folder DIR] [--new]

  --port     where the page is (default 1313; 0 for any free port); always on 127.0.0.1
  --engine   what runs the firmware: node (default) or xs (the chip's engine, with its heap limit)
  --folder   where the desk keeps its unit between runs (default .desk)
  --new      makes a new unit; the old one's flash is gone`;

const root = fileURLToPath(new URL("../..", import.meta.url));

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "1313" },
      engine: { type: "string", default: "node" },
      folder: { type: "string", default: join(root, ".desk") },
      new: { type: "boolean", default: false },
    },
  });
  const port = wholeNumber("--port", values.port, 0, 65_535);
  const engine = engineNamed(values.engine);
  // Before anything is made, and above all before `--new` ends the old unit.
  await portIsFree(port);

  console.log("Making a unit for you, or waking the one you have …");
  const desk = await openDesk({ engine, folder: values.folder, fresh: values.new });
  try {
    const page = pageDesk(desk);
    const panel = await servePanel({ desk: page, port });
    if (desk.owned()) await connectHousehold(desk);
    await desk.unit.plug();
    console.log(`The desk is at ${panel.url}`);
    console.log("Ctrl+C ends it; the unit keeps what is in its flash.");
    await untilInterrupted();
    await panel.close();
    page.close();
  } finally {
    await desk.close();
  }
});
