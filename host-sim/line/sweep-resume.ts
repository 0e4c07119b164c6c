/** Goes on with one life after another, each from the files that a kill would have left. */
import { readFileSync } from "node:fs";
import { faultOf } from "./sweep-end.ts";
import { liveOn, type SweepPapers } from "./sweep-life.ts";

const papers = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as SweepPapers;

process.on("message", async ({ folder }: { folder: string }) => {
  process.send?.({ fault: await resume(folder) });
});

async function resume(folder: string): Promise<string | undefined> {
  try {
    await liveOn(folder, papers);
  } catch (error) {
    return `does not come back: ${error instanceof Error ? error.message : String(error)}`;
  }
  return faultOf(folder, papers);
}
