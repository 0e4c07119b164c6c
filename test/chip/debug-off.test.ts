/** Debug interfaces are off in a release, and proved so from what is built (EN 303 645 5.6-4). */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { type BoardFolder, makeModules } from "../../host-sim/chip/modules.ts";
import { debugRemains, wrongSettings } from "../../host-sim/surface/debug.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** File → what remains in it, of all modules a board's image is made of. */
async function remainsOf(t: ExecutionContext, board: BoardFolder) {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-modules-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  await makeModules(board, { into: folder });
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const modules = files.filter((file) => file.endsWith(".js"));
  t.true(modules.length >= 4, modules.join());
  return modules.flatMap((file) =>
    debugRemains(readFileSync(join(folder, file), "utf8")).map((what) => `${file}: ${what}`),
  );
}

test("the modules of a board that ships hold nothing of the developer's", async (t) => {
  t.deepEqual(await remainsOf(t, "esp32"), []);
});

test("control: those of the emulated board, which has a bench, do", async (t) => {
  t.true((await remainsOf(t, "emulated")).includes("emulated/board.js: the developer's bench"));
});

test("control: each kind of remains is found", (t) => {
  t.deepEqual(
    debugRemains('debugger; console.log("x"); ({ trace: say }); eval("1"); const bench = 1;'),
    [
      "a stop for a debugger",
      "the developer's bench",
      "a line to the console",
      "a trace that leads somewhere",
      "code made of text",
    ],
  );
});

const filesOf = (board: string) =>
  ["sdkconfig.defaults", "sdkconfig.defaults.release"].map((file) =>
    readFileSync(join(root, "device/platform/boards", board, "sdkconfig", file), "utf8"),
  );

for (const board of ["esp32", "esp32c3"])
  test(`${board}: a release has no console, no core dump, and checks its image`, (t) => {
    const files = filesOf(board);
    t.deepEqual(wrongSettings(files), []);
    t.true(wrongSettings(files.slice(0, 1)).length > 2, "control: development settings alone");
    t.deepEqual(wrongSettings([...files, "CONFIG_ESP_CONSOLE_NONE=n"]), [
      "CONFIG_ESP_CONSOLE_NONE must be y",
    ]);
  });

for (const board of ["esp32", "esp32c3"]) {
  const built = join(root, "build/device", board, "sdkconfig");
  if (!existsSync(built)) {
    test.skip(`${board}: the settings as ESP-IDF has made them: no build of it here`, () => {});
    continue;
  }
  test(`${board}: the settings as ESP-IDF has made them`, (t) => {
    t.deepEqual(wrongSettings([readFileSync(built, "utf8")]), []);
  });
}
