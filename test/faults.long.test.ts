/**
 * Days of mixed faults, by seed (EN 303 645 5.9-1, 5.9-2). `npm run faults -- --days 30 --seed N` is the
 * same for as long as one likes; here one day, and the same days with one guard taken out.
 */
import test from "ava";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { xsAvailable, xsEngine } from "../host-sim/engine/xs-engine.ts";
import { replay, run } from "../host-sim/faults/run.ts";
import { type Sabotage, sabotaged } from "./desk-fixture.ts";

test.serial(
  "a day of mixed faults: the unit always comes back, and nothing is lost that may not be",
  async (t) => {
    const figures = await run({ engine: nodeEngine, days: 1, seed: 4 });
    t.log(JSON.stringify(figures));
    t.deepEqual(figures.violations, [], replay(figures));
    t.true(figures.episodes >= 10 && Object.keys(figures.faults).length >= 10);
  },
);

test.serial("the same seed brings the same faults", async (t) => {
  const once = async () => {
    const { seconds, ...figures } = await run({
      engine: nodeEngine,
      days: 1,
      seed: 2,
      only: "broker",
    });
    return figures;
  };
  t.deepEqual(await once(), await once());
});

const available = xsAvailable();
(available.ok ? test.serial : test.skip)(
  "xs: an hour and more, with a heap that is too small",
  async (t) => {
    const figures = await run({ engine: xsEngine, days: 0.05, seed: 3, only: "heap,hostile" });
    t.log(JSON.stringify(figures));
    t.deepEqual(figures.violations, [], replay(figures));
  },
);

/** A guard taken out, the faults that show it, and what is then found. */
const controls: Readonly<Record<string, [Sabotage, only: string, found: RegExp]>> = {
  "a link that never dials again": [
    {
      "link/link.ts": [
        "this.dialAtMs = this.now() + this.waitMs;",
        "this.dialAtMs = this.now() + 1e12;",
      ],
    },
    "the broker restarts",
    /not back in service/,
  ],
  "a unit that keeps dying and never comes up in safe mode": [
    { "storage/restart-loop.ts": ["if (counted < loopLength)", "if (counted >= 0)"] },
    "dies of brown-out",
    /never came up in safe mode/,
  ],
  "a set-up window that is never closed": [
    { "setup/set-up.ts": ["export const windowMs = 5 * 60_000;", "export const windowMs = 5e9;"] },
    "button",
    /listens|access point/,
  ],
  "an outbox without a limit": [
    {
      "link/outbox.ts": ["while (bytes > limits.totalBytes)", "while (bytes > 1e9)"],
      // Or strangers could not bring about enough of them in a day.
      "telemetry/write-budget.ts": [
        "if (!fromOutside.includes(event)) return true;",
        "if (event) return true;",
      ],
    },
    "for days",
    /had waited for the broker/,
  ],
  "a journal that needs room": [
    {
      "telemetry/journal.ts": [
        "} catch {\n        // No room",
        "} catch (error) {\n        throw error;\n        // No room",
      ],
    },
    "full",
    /never came up in safe mode|died by itself|not back in service/,
  ],
  "a claim that is forgotten at a restart": [
    {
      "storage/areas.ts": [
        "let owner = openOwner();",
        "system.purge(ownerKey);\n  let owner = openOwner();",
      ],
    },
    "plug",
    /claim is lost|not back in service/,
  ],
  "a command parser that throws": [
    { "commands/decode.ts": ['return { refused: "not-utf8" };', 'throw new Error("not UTF-8");'] },
    "hostile",
    /died by itself/,
  ],
};

for (const [what, [sabotage, only, found]] of Object.entries(controls))
  test.serial(`control: ${what} is found out`, async (t) => {
    const firmware = await sabotaged(sabotage);
    const { violations } = await run({ engine: nodeEngine, days: 1, seed: 1, only, firmware });
    t.log(violations.join("; "));
    t.regex(violations.join("; "), found);
  });
