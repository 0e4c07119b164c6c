/** What is preloaded lies in flash: nothing in it may be a thing that is written to, or a BigInt. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { forPreload, makeModules } from "../../host-sim/chip/modules.ts";
import { preloadFaults } from "../../host-sim/chip/preload.ts";

const manifest = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../manifest.json", import.meta.url)), "utf8"),
) as { preload: string[]; platforms: Record<string, { preload?: string[] }> };

test("every board's modules are fit for preload", async (t) => {
  const into = mkdtempSync(join(tmpdir(), "thirteen-modules-"));
  try {
    for (const board of ["linux", "esp32", "emulated"] as const)
      await t.notThrowsAsync(makeModules(board, { into }), board);
  } finally {
    rmSync(into, { recursive: true });
  }
});

test("ours to preload are the two that are checked; the rest is the SDK's own", (t) => {
  const all = [manifest, ...Object.values(manifest.platforms)].flatMap(
    ({ preload = [] }) => preload,
  );
  const ours = all.filter((name) => !/^(timer|embedded:(io|storage|update)[\w:/]*)$/.test(name));
  t.deepEqual(ours, ["device", "board"]);
});

// Each is what somebody would write without a second thought.
const unfit: readonly [what: string, module: string, fault: RegExp][] = [
  ["a BigInt", "const n = 5n;", /^a BigInt/],
  ["a BigInt in a table", "const curve = { n: 5n };", /^a BigInt/],
  ["a BigInt made", 'const n = BigInt("5");', /^a BigInt/],
  ["a Map", "const seen = new Map();", /^a Map/],
  ["a WeakMap", "const secrets = new WeakMap();", /^a WeakMap/],
  ["a Set in a list", "const sets = [new Set()];", /^a Set/],
  ["a typed array", "const block = new Uint8Array(4);", /^a Uint8Array/],
  ["a typed array made of", "const magic = Uint8Array.of(1, 2);", /^a Uint8Array/],
  ["a class's static field", "class A { static count = 0; }", /^a static field/],
  ["a class's private static field", "class A { static #count = 0; }", /^a static field/],
  ["a class's static block", "class A { static { A.x = 1; } }", /^a static block/],
  ["a regular expression with /g", "const word = /a/g;", /^a regular expression/],
  ["an object of a class", "class A { x = 1; }\nconst a = new A();", /^an object of a class/],
  ["a function called at once", "const x = (() => new Map())();", /^a call/],
  ["a function's result", "function f() {}\nconst x = f();", /^a call/],
];

for (const [what, module, fault] of unfit)
  test(`not for preload: ${what}`, async (t) => {
    t.regex(preloadFaults(module)[0] ?? "none", fault);
    await t.throwsAsync(forPreload(`${module}\n`), { message: /^not for preload: / });
  });

test("what runs later may make what it likes", (t) => {
  const fit = `
    const limit = 5, words = ["a", /a/], name = Symbol("x");
    const make = () => new Map([[1n, new Uint8Array(4)]]);
    function f(n = 5n) { return /a/g.exec(String(BigInt(n))); }
    class A { seen = new Map(); #n = 1n; get x() { return new Set(); } static of() { return new A(); } }
    Object.freeze(words, true);
    export { f, make, A, limit, name };`;
  t.deepEqual(preloadFaults(fit), []);
});
