/** The command line of `npm run fork`. */
import { parseArgs } from "node:util";
import { Fault } from "../fault.ts";
import { fork } from "./fork.ts";

const usage = `usage: npm run fork -- --name NAME [--out FOLDER]

  --name   the new product's package name, as in acme-sensor
  --out    an empty or new folder (default ../NAME)

Makes a new product from this one and lists what is left to decide. See docs/forking.md.`;

try {
  const { values } = parseArgs({
    options: {
      name: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) console.log(usage);
  else if (values.name === undefined) throw new TypeError("--name: say what the product is called");
  else {
    const made = fork(values.name, values.out ?? `../${values.name}`);
    console.log(`${values.name} is in ${made.folder}. Left to decide:\n`);
    for (const { where, what, todo } of made.left) console.log(`  ${where}\n    ${what} → ${todo}`);
    console.log(`\nNext: cd ${made.folder} && npm test, then docs/forking.md.`);
  }
} catch (error) {
  const bad = error instanceof TypeError;
  process.stderr.write(`${(error as Error).message.split(". ")[0]}${bad ? "; see --help" : ""}\n`);
  process.exitCode = bad ? 2 : error instanceof Fault ? 1 : 1;
}
