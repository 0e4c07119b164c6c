/** The scenarios by name, for the command line and the tests. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IssuedUnit, openFactory } from "../../provisioning/factory.ts";
import { openServiceAuthority } from "../../provisioning/service-authority.ts";
import type { Engine } from "../engine/engine.ts";
import { claimScenario, openWorld, wipeScenario } from "./owner-scenarios.ts";
import type { Scenario } from "./sweep-run.ts";
import { wholeScenario, wholeStories } from "./whole-scenarios.ts";

export const scenarioNames = ["update", "claim", "wipe"] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface Scenarios {
  readonly scenarios: readonly Scenario[];
  close(): Promise<void>;
}

/** The parts of a scenario that can be swept by themselves. */
export const partsOf = (name: ScenarioName): readonly string[] =>
  name === "update" ? wholeStories : [name];

/** @param part one part only. */
export async function scenariosOf(
  name: ScenarioName,
  engine: Engine,
  part?: string,
): Promise<Scenarios> {
  if (name === "update") {
    const unit = { engine, identityImage: (await issueOneUnit()).identityImage };
    const stories = wholeStories.filter((story) => part === undefined || story === part);
    const scenarios = stories.map((story) => wholeScenario(unit, story));
    return { scenarios: await Promise.all(scenarios), close: async () => {} };
  }
  const world = await openWorld(engine);
  const close = () => world.desk.close();
  try {
    const scenario =
      name === "claim" ? claimScenario(world, engine) : await wipeScenario(world, engine);
    return { scenarios: [scenario], close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Issued by a factory of its own. */
export async function issueOneUnit(): Promise<IssuedUnit> {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-sweep-"));
  try {
    const passphrase = randomBytes(24).toString("base64");
    const authority = await openServiceAuthority({ folder: join(folder, "service"), passphrase });
    const factory = await openFactory({
      folder: join(folder, "factory"),
      passphrase,
      serverAnchors: [authority.serverAnchor],
    });
    try {
      for await (const unit of factory.issue({ count: 1 })) return unit;
      throw new Error("the factory issued nothing");
    } finally {
      await factory.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
