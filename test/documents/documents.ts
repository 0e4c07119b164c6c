/** `npm run documents`: writes every document that code and data decide. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { runCommandLine } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { allDocuments, drifted } from "./all.ts";
import { recordReview } from "./review.ts";

const usage = `usage: npm run documents -- [--check] [--reviewed YYYY-MM-DD]

  --reviewed  somebody has read the privacy notice and the DPIA screening, on this day, after the data
              map changed: raises the notice's version
  --check   writes nothing; ends with 1 and names what is not up to date`;

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: { check: { type: "boolean", default: false }, reviewed: { type: "string" } },
  });
  if (values.reviewed !== undefined) {
    recordReview(values.reviewed);
    console.log("recorded; now: npm run documents");
    return;
  }
  const documents = allDocuments();
  const old = drifted(documents);
  if (values.check && old.length > 0)
    throw new Fault(`not up to date: ${old.join(", ")}; run npm run documents`);
  for (const path of values.check ? [] : old) {
    const file = join(projectRoot, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, documents[path]!);
    console.log(`wrote ${path}`);
  }
  console.log(`${Object.keys(documents).length} documents are as code and data have them`);
});
