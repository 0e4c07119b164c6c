/**
 * `npm run fork`: a new product from this one. Copies what a product needs, names it, marks what was
 * the sample's, and lists what is left to decide.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "../fault.ts";
import { type Finding, releaseFindings } from "./release-check.ts";

const here = fileURLToPath(new URL("../..", import.meta.url));
/** Installed, built, or somebody's own. */
const left = new Set(["node_modules", "build", "coverage", ".git", ".desk"]);

export interface Forked {
  readonly folder: string;
  readonly left: readonly Finding[];
}

/** @throws Fault for a name that cannot be one, or a folder that holds something. */
export function fork(name: string, folder: string, source = here): Forked {
  if (!/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/.test(name))
    throw new Fault(
      `--name ${name}: use 3 to 40 lower-case letters, digits and dashes, as in acme-sensor`,
    );
  const target = resolve(folder);
  const inside = relative(source, target);
  if (inside === "" || !(inside.startsWith("..") || inside.startsWith(sep)))
    throw new Fault(`${folder} lies inside this project: choose an empty folder outside of it`);
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new Fault(`${folder} is not empty: nothing was changed; choose an empty or new folder`);
  mkdirSync(target, { recursive: true });
  cpSync(source, target, { recursive: true, filter: (path) => !left.has(basename(path)) });
  edit(target, "package.json", (text) =>
    text
      .replace(/"name": "[^"]*"/, `"name": "${name}"`)
      .replace(/"version": "[^"]*"/, '"version": "0.1.0"'),
  );
  edit(target, "package-lock.json", (text) =>
    text.replaceAll(/^( {2}| {6})"name": "thirteen"/gm, `$1"name": "${name}"`),
  );
  edit(
    target,
    "CHANGELOG.md",
    () => `# Changelog\n\n## Unreleased\n\n- ${name} begins, from Thirteen ${versionOf(source)}.\n`,
  );
  return { folder: target, left: releaseFindings(target, new Date().toISOString().slice(0, 10)) };
}

function edit(folder: string, file: string, change: (text: string) => string): void {
  const path = join(folder, file);
  if (existsSync(path)) writeFileSync(path, change(readFileSync(path, "utf8")));
}

const versionOf = (folder: string) =>
  (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
