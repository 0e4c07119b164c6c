/** What the bench counted, written into docs/boards.md by its run. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../host-sim/chip/targets.ts";
import type { Cost } from "./bench.ts";

const page = join(root, "docs/boards.md");
const begin = "<!-- written by npm run device:bench: do not edit -->";
const end = "<!-- end of what the bench has written -->";

export function keepCosts(costs: readonly Cost[]): void {
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has lost the place of the table`);
  const day = new Date().toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
  });
  const rows = costs.map(
    ({ what, longest, note }) => `| ${what} | ${longest.toLocaleString("en")} | ${note} |`,
  );
  const table = [`| ${day} | longest turn, instructions | |`, "|---|---|---|", ...rows].join("\n");
  writeFileSync(page, `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`);
}
