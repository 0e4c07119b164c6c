/**
 * The short way for a mutant that a room's case kills: the suite is bundled with the change and run in
 * an engine of its own, as `test/rooms-xs.test.ts` does, which takes a fraction of a test run.
 */
import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { Plugin } from "esbuild";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import { bundle } from "../../host-sim/runtime/bundle.ts";
import { rooms } from "../rooms/suites.ts";
import type { Mutant } from "./mutant.ts";
import { mutate } from "./mutant-registry.ts";
import type { Shadow } from "./shadow.ts";

export interface RoomOutcome {
  /** What the case said; undefined when it was green. */
  readonly fault: string | undefined;
}

/** Which room's suite has a case whose full title starts so. */
function find(title: string): { room: string; suite: string; name: string } | undefined {
  for (const [room, suites] of Object.entries(rooms))
    for (const suite of suites) {
      const name = Object.keys(suite.cases).find((one) =>
        `${suite.room}: ${one}`.startsWith(title),
      );
      if (name !== undefined) return { room, suite: suite.room, name };
    }
  return undefined;
}

/** Runs the case with the mutant; undefined where only a whole test run can tell. */
export async function runRoomCase(
  shadow: Shadow,
  { file, title }: Mutant["killedBy"],
  mutant?: Mutant,
): Promise<RoomOutcome | undefined> {
  const found = file === "test/rooms.test.ts" ? find(title) : undefined;
  if (!found || (mutant && !/\.ts$/.test(mutant.file))) return undefined;
  let changed = mutant === undefined;
  const plugin: Plugin = {
    name: "mutant",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /room-under-test/ }, () => ({
        path: join(shadow.folder, "test", "rooms", `${found.room}.suite.ts`),
      }));
      if (mutant)
        onLoad({ filter: /\.ts$/, namespace: "file" }, ({ path }) => {
          if (!path.split(sep).join("/").endsWith(`/${mutant.file}`)) return undefined;
          changed = true;
          return { contents: mutate(readFileSync(path, "utf8"), mutant), loader: "ts" };
        });
    },
  };
  const { source } = await bundle(join(shadow.folder, "test/rooms/on-engine.ts"), [plugin]);
  return changed ? { fault: await run(source, found) } : undefined;
}

async function run(source: string, asked: { suite: string; name: string }) {
  return new Promise<string | undefined>((resolve, reject) => {
    const machine = nodeEngine.start({
      source,
      watchdogMs: 60_000,
      hostCall(_, json) {
        resolve((JSON.parse(json) as { fault?: string }).fault);
        return { json: "null" };
      },
      onDeath: (death, detail) => resolve(`the machine died: ${death} ${detail.split("\n")[0]}`),
    });
    machine.then((started) => started.deliver("run", JSON.stringify(asked)), reject);
  });
}
