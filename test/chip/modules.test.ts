/** What becomes of our sources before the Moddable SDK gets them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { forPreload } from "../../host-sim/chip/modules.ts";
import { flashImage, flashParts } from "../../host-sim/chip/targets.ts";
import { atLeast } from "../../host-sim/chip/tools.ts";

test("top-level data is constant and frozen for preload", async (t) => {
  const made = await forPreload(
    'var limit = 3;\nvar words = ["a"];\nfunction f() {\n  var x = {};\n}\n',
  );
  t.true(made.startsWith('const limit = 3;\nconst words = ["a"];'));
  t.true(made.includes("  var x = {};"), "only the top level");
  t.true(made.endsWith("Object.freeze(words, true);\n"));
});

test("a module that assigns to its own top level is refused", async (t) => {
  await t.throwsAsync(forPreload("var count = 0;\nfunction next() {\n  return ++count;\n}\n"), {
    message: /not for preload: .*count/,
  });
});

test("ESP-IDF's list becomes a flash image, and what it leaves out is erased", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-parts-"));
  writeFileSync(join(folder, "boot.bin"), Uint8Array.of(1, 2));
  writeFileSync(join(folder, "app.bin"), Uint8Array.of(3));
  const list = join(folder, "flash_args");
  writeFileSync(list, "--flash-mode dio\n0x0 boot.bin\n0x20000 app.bin\n");
  const parts = flashParts(list);
  t.deepEqual(
    parts.map(({ offset }) => offset),
    [0, 0x20000],
  );
  const image = flashImage(parts);
  t.is(image.length, 4 * 1024 * 1024);
  t.deepEqual([...image.subarray(0, 3)], [1, 2, 0xff]);
  t.is(image[0x20000], 3);
  rmSync(folder, { recursive: true });
});

test("versions are compared by number", (t) => {
  t.true(atLeast("8.10", "8.2.3"));
  t.true(atLeast("8.2.3", "8.2.3"));
  t.false(atLeast("8.2", "8.2.3"));
  t.false(atLeast("NaN.NaN", "3.6"));
});
