/**
 * The product runs with nothing but what it was given (EN 303 645 5.6-7): a hostile one, in the place
 * of ours in the whole firmware, on each engine; and the same one where a guard was taken out.
 */
import { readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import type { Plugin } from "esbuild";
import { VirtualClock } from "../host-sim/board/clock.ts";
import { NorFlash } from "../host-sim/board/nor-flash.ts";
import { boardPartitions } from "../host-sim/board/partitions.ts";
import { Radio } from "../host-sim/board/radio.ts";
import { writeSlot } from "../host-sim/bootloader/image.ts";
import type { Engine } from "../host-sim/engine/engine.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { xsAvailable, xsEngine } from "../host-sim/engine/xs-engine.ts";
import { bundle } from "../host-sim/runtime/bundle.ts";
import { Unit } from "../host-sim/unit.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

type Change = readonly [file: string, guard: string, broken: string];

/** The firmware with the attacker for a product, and perhaps without a guard. */
async function hostile(changes: readonly Change[]): Promise<string> {
  const plugin: Plugin = {
    name: "hostile",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/, namespace: "file" }, (args) => {
        const path = args.path.split(sep).join("/");
        const ours = changes.filter(([file]) => path.endsWith(file));
        if (path.endsWith("device/product/product.ts"))
          return { contents: readFileSync(here("confinement/attacker.ts"), "utf8"), loader: "ts" };
        if (ours.length === 0) return undefined;
        let contents = readFileSync(args.path, "utf8");
        for (const [file, guard, broken] of ours) {
          if (contents.split(guard).length !== 2) throw new Error(`${file}: not once: ${guard}`);
          contents = contents.replace(guard, () => broken);
        }
        return { contents, loader: "ts" };
      });
    },
  };
  return (await bundle(here("../host-sim/runtime/main.ts"), [plugin])).source;
}

/** Where the hostile product got, in its own words. */
async function outcome(engine: Engine, changes: readonly Change[] = []): Promise<string> {
  const flash = new NorFlash();
  const source = await hostile(changes);
  flash.powerOn();
  writeSlot(flash, boardPartitions(), 0, source);
  const clock = new VirtualClock(0);
  const unit = new Unit({ name: "hostile", engine, flash, radio: new Radio(), clock });
  const died = new Promise<string>((resolve) => unit.on("death", ({ detail }) => resolve(detail)));
  void unit.plug();
  const detail = await died;
  unit.unplug();
  return /reached: [^!]*/.exec(detail)?.[0] ?? detail;
}

const confined = "host-sim/runtime/confined.ts";

const controls: readonly (readonly [what: string, changes: readonly Change[], reached: RegExp])[] =
  [
    [
      "without a compartment it has the board",
      [
        [confined, 'import source from "confined:', 'import * as source from "'],
        [confined, "new Compartment().evaluate(source)", "source"],
      ],
      /the board by name/,
    ],
    [
      "on primordials that can be changed it changes what everybody uses",
      [[confined, "  lockdown();", ""]],
      /Object\.prototype; .*JSON/,
    ],
    [
      "given what is not frozen it changes that",
      [
        [
          "device/house-product.ts",
          "const { freeze } = Object;",
          "const freeze = <T>(value: T): T => value;",
        ],
      ],
      /what we were given/,
    ],
  ];

const xs = xsAvailable();
if (!xs.ok) test.skip(`xs: a hostile product: ${xs.reason}`, () => {});

for (const engine of xs.ok ? [nodeEngine, xsEngine] : [nodeEngine]) {
  test(`${engine.name}: a hostile product reaches nothing it was not given`, async (t) => {
    t.is(await outcome(engine), "reached: nothing");
  });
  for (const [what, changes, reached] of controls)
    test(`${engine.name}: control: ${what}`, async (t) => {
      const got = await outcome(engine, changes);
      t.log(got);
      t.regex(got, reached);
    });
}
