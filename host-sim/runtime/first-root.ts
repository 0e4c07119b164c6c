/** The release desk's first root, for a firmware that is to trust it. */
import { readFileSync } from "node:fs";
import { Fault } from "../../provisioning/fault.ts";
import type { Changes } from "./variants.ts";

/** @param root the text of `1.root.json`. */
export const withRoot = (root: string, changes: Changes = {}): Changes => ({
  ...changes,
  "device/update/root.ts": ['firstRoot = ""', `firstRoot = ${JSON.stringify(root)}`],
});

/** @throws Fault when it is not a root.json. */
export function readRoot(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    if (JSON.parse(text)?.signed?._type === "root") return text;
  } catch {}
  throw new Fault(
    `${file}: not a root.json; it is at staged/metadata/1.root.json in the release desk's folder`,
  );
}
