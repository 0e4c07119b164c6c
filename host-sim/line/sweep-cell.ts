/** What the sweep kills: a process that lives `sweep-life.ts`. */
import { readFileSync } from "node:fs";
import { liveOn } from "./sweep-life.ts";

const [folder = "", papersFile = ""] = process.argv.slice(2);
await liveOn(folder, JSON.parse(readFileSync(papersFile, "utf8")));
