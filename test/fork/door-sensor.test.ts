/** A second product in the place of the first: set up, reporting, refusing, with nothing else changed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { openDesk } from "../../host-sim/desk/desk.ts";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import { bundleFirmware } from "../../host-sim/runtime/bundle.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { claim, deskWith, flashOf, hold, TimeLapse, tapMs } from "../desk-fixture.ts";
import dataMap from "./door-sensor/data-map.json" with { type: "json" };

const productFile = "device/product/product.ts";
const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const door = read("test/fork/door-sensor/product.ts");
const changes = {
  [productFile]: [read(productFile), door],
  "device/privacy/data-map.ts": [dataMap.there, dataMap.instead],
} as const;

test("the door sensor is set up, reports its door and nothing of a lamp, and takes no setting", async (t) => {
  const { source } = await bundleFirmware({ changes });
  const clock = new TimeLapse();
  const desk = await openDesk({ engine: nodeEngine, clock, updating: false });
  t.teardown(async () => {
    await desk.close();
    clock.stop();
  });
  const at = deskWith(desk, flashOf(desk.unit.flash.image()), { firmware: source });
  await at.unit.plug();
  await claim(at, clock);
  await desk.connectOwner();
  const states: Record<string, unknown>[] = [];
  desk.owner.on("message", (unit, topic, body) => {
    if (unit === desk.papers.id && topic === "state") states.push(body as Record<string, unknown>);
  });
  await desk.owner.watch(desk.papers.id);
  await hold(at, tapMs);
  await clock.until(() => states.some(({ open }) => open === true), "the open door is told");
  t.true(at.unit.lamp, "its light shows it");
  t.false(states.some((state) => "lamp" in state || "temperature" in state));
  let refused = 0;
  at.unit.on("trace", ({ room, event }) => {
    if (room === "commands" && event === "refused") refused++;
  });
  await desk.owner.command(desk.papers.id, "x", { lamp: true });
  await clock.until(() => refused > 0, "a setting is refused");
  at.unit.unplug();
});
