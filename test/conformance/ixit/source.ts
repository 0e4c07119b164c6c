/** What the code says of itself where no value can be imported: literal unions, keys, imports. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { projectRoot } from "../shadow.ts";

export const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");

/** The words of `export type <name> = | "a" | "b" …;` */
export function unionOf(file: string, name: string): string[] {
  const [, body = ""] = new RegExp(`export type ${name} =([^;]+);`).exec(read(file)) ?? [];
  const words = [...body.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(/"([^"]+)"/g)];
  return words.map(([, word]) => word!);
}

export function sources(folder: string, ending = ".ts"): string[] {
  const at = join(projectRoot, folder);
  return readdirSync(at)
    .sort()
    .flatMap((name) => {
      const path = join(at, name);
      const file = relative(projectRoot, path).replaceAll("\\", "/");
      if (statSync(path).isDirectory()) return sources(file, ending);
      return name.endsWith(ending) ? [file] : [];
    });
}

/** Every room but the platform's, which names no values. */
const rooms = readdirSync(join(projectRoot, "device"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "platform")
  .map(({ name }) => name);

/** Every name under which a room keeps a value in flash. */
export function storedNames(): string[] {
  const files = rooms.flatMap((room) => sources(`device/${room}`));
  const found = files.flatMap((file) => {
    const source = read(file);
    const constants = [
      ...source.matchAll(/^(?:export )?const \w*(?:[kK]ey|record) = "([^"]+)";$/gm),
    ];
    const literal = [
      ...source.matchAll(/\b(?:system|factory|owner)\.(?:read|write|purge|delete)\("([^"]+)"/g),
    ];
    const numbered = [...source.matchAll(/\bsystem\.write\(`([a-z-]+)\$\{/g)];
    return [...constants, ...literal, ...numbered].map(([, name]) => name!);
  });
  return [...new Set(found)].sort();
}
