/**
 * Firmware that differs from today's: another version, or a fault built in, for releases that must
 * go wrong in a known way.
 */
import { readFileSync } from "node:fs";
import { sep } from "node:path";
import type { Plugin } from "esbuild";

/** File (the end of its path) → the text that is there exactly once, and what stands there instead. */
export type Changes = Readonly<Record<string, readonly [there: string, instead: string]>>;

const versionFile = "device/about/version.ts";

export function withVersion(version: string, changes: Changes = {}): Changes {
  const there = /^export const version = ".*";$/m.exec(
    readFileSync(new URL(`../../${versionFile}`, import.meta.url), "utf8"),
  )![0];
  return {
    ...changes,
    [versionFile]: [there, `export const version = ${JSON.stringify(version)};`],
  };
}

/** Releases that went wrong, each in the way its name says. */
export const broken = {
  /** Throws before the first line of its own. */
  "crashes at boot": {
    "device/device.ts": [
      "  const areas = openAreas(platform);",
      '  throw new Error("built wrong");\n  const areas = openAreas(platform);',
    ],
  },
  /** Runs well for five seconds. */
  "crashes later": {
    "device/device.ts": [
      "  const areas = openAreas(platform);",
      "  platform.timer.set(() => { throw new Error('built wrong'); }, 5_000);\n  const areas = openAreas(platform);",
    ],
  },
  /** Cannot find what the owner stored. */
  "forgets its owner": {
    "device/setup/claim.ts": ['const key = "claim";', 'const key = "klaim";'],
  },
  /** Reads another identity format than the one it was made with. */
  "has no identity": {
    "device/storage/identity.ts": ['factory.read("verifier")', 'factory.read("verify")'],
  },
  /** Stays on its network and never reaches its broker. */
  "never connects": {
    "device/setup/wifi.ts": ["    this.onReady();", ""],
  },
  /** The product says of itself that it does not work. */
  "has a broken sensor": {
    "device/product/product.ts": ["temperature >= -40", "temperature >= 4000"],
  },
} as const satisfies Record<string, Changes>;

export type BrokenFirmware = keyof typeof broken;

/** The bundler's plugin for `changes`; `missed` names the files that were not in the bundle. */
export function changing(changes: Changes): { plugin: Plugin; missed: () => string[] } {
  const done = new Set<string>();
  const plugin: Plugin = {
    name: "changing",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/, namespace: "file" }, ({ path }) => {
        const name = Object.keys(changes).find((one) => path.split(sep).join("/").endsWith(one));
        const change = name === undefined ? undefined : changes[name];
        if (name === undefined || change === undefined) return undefined;
        const [there, instead] = change;
        const source = readFileSync(path, "utf8");
        if (source.split(there).length !== 2)
          throw new Error(`${name} does not hold once: ${there}`);
        done.add(name);
        return { contents: source.replace(there, () => instead), loader: "ts" };
      });
    },
  };
  return { plugin, missed: () => Object.keys(changes).filter((name) => !done.has(name)) };
}
