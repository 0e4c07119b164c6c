/** Really built firmware at the release desk, as docs/releasing.md has it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { encodeImage } from "../../host-sim/bootloader/image.ts";
import { markModules, markOf } from "../../host-sim/chip/image-mark.ts";
import { makeModules } from "../../host-sim/chip/modules.ts";
import { bundleFirmware } from "../../host-sim/runtime/bundle.ts";
import { readImageFor } from "../../provisioning/release/image-for.ts";
import { openDesk } from "./desk-fixture.ts";

test("a built firmware is taken by the release desk, and the next one with a delta", async (t) => {
  const desk = await openDesk(t);
  const root = readFileSync(desk.path("desk/staged/metadata/1.root.json"), "utf8");
  for (const version of ["0.2.0", "0.3.0"]) {
    const image = encodeImage((await bundleFirmware({ root, version })).source);
    const said = await desk.must(...desk.addArguments(image));
    t.regex(said, new RegExp(`T13-LAMP-1 ${version.replace(/\./g, "\\.")} for desk`));
    t.regex(said, version === "0.2.0" ? /deltas none/ : /deltas [0-9]+/);
    await desk.signAndPublish();
  }
});

test("a built firmware without its mark is refused", async (t) => {
  const desk = await openDesk(t);
  const { source } = await bundleFirmware({ root: "{}", version: "0.2.0" });
  const bare = encodeImage(source.replace(/T13I1:/, "T13I0:"));
  const { status, errors } = await desk.run(desk.addArguments(bare));
  t.is(status, 1);
  t.regex(errors, /no mark of what it is for/);
});

test("the modules of a chip's image say which board they are for, in a string the compiler keeps", async (t) => {
  const into = mkdtempSync(join(tmpdir(), "thirteen-modules-"));
  t.teardown(() => rmSync(into, { recursive: true, force: true }));
  await makeModules("emulated", { into });
  markModules("esp32c3-emulated", { into });
  const board = readFileSync(join(into, "emulated/board.js"));
  t.is(readImageFor(board, "board.js").board, "esp32c3-emulated");
  t.true(board.includes(`export const imageMark = "${markOf("esp32c3-emulated")}";`));
});
