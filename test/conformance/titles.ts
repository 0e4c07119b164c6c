/** Whether a test exists, told from its file without running it: quick enough for every test run. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rooms } from "../rooms/suites.ts";
import { projectRoot } from "./shadow.ts";

export interface NamedTest {
  /** From the project's root. */
  readonly file: string;
  /** Its title, or the start of it. */
  readonly title: string;
}

const cases = Object.values(rooms)
  .flat()
  .flatMap((suite) => Object.keys(suite.cases).map((name) => `${suite.room}: ${name}`));
const generated: Readonly<Record<string, readonly string[]>> = {
  "test/rooms.test.ts": cases,
  "test/rooms-xs.test.ts": cases.map((title) => `xs: ${title}`),
};
const sources = new Map<string, string | undefined>();

/** What is wrong with a reference to a test; undefined when nothing is. */
export function missingTest({ file, title }: NamedTest): string | undefined {
  const list = generated[file];
  if (list) return list.some((one) => one.startsWith(title)) ? undefined : `${file}: no "${title}"`;
  const source = read(file);
  if (source === undefined) return `${file} does not exist`;
  return written(source).some((known) => known(title)) ? undefined : `${file}: no test "${title}"`;
}

function read(file: string): string | undefined {
  if (!sources.has(file)) {
    const path = join(projectRoot, file);
    sources.set(file, existsSync(path) ? readFileSync(path, "utf8") : undefined);
  }
  return sources.get(file);
}

/** The titles a file writes: literal, or with parts that are computed and may be anything. */
function written(source: string): ((title: string) => boolean)[] {
  const calls = source.matchAll(
    /\b(?:test(?:\.\w+)*|inBrowser|onEngine)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)/g,
  );
  return [...calls].map(([, literal = ""]) => {
    const text = literal.slice(1, -1).replace(/\\(.)/g, "$1");
    const [first = "", ...rest] = text.split(/\$\{[^}]*\}/);
    if (rest.length === 0) return (title) => text.startsWith(title);
    return (title) => beginsSo(title, first, rest);
  });
}

/** Whether a title that begins with `first`, then anything before each of `rest`, can begin with `title`. */
function beginsSo(title: string, first: string, rest: readonly string[]): boolean {
  if (title.length <= first.length) return first.startsWith(title);
  if (!title.startsWith(first)) return false;
  const [next = "", ...others] = rest;
  for (let at = first.length + 1; at <= title.length; at++) {
    const behind = title.slice(at);
    if (next.startsWith(behind)) return true;
    if (next !== "" && behind.startsWith(next) && beginsSo(behind, next, others)) return true;
  }
  return rest.length === 0;
}
