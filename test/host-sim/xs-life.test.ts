/** The whole firmware on XS: what it needs of the chip's heap and stack. */
import test from "ava";
import { openDesk } from "../../host-sim/desk/desk.ts";
import { xsAvailable, xsEngine } from "../../host-sim/engine/xs-engine.ts";
import { walk } from "../../host-sim/tour/stages.ts";

const available = xsAvailable();
const xsTest = available.ok ? test : test.skip;

xsTest("a whole life, then a signed order, fit the chip's heap and stack", async (t) => {
  const desk = await openDesk({ engine: xsEngine });
  const deaths: string[] = [];
  try {
    const peaks: Promise<unknown>[] = [];
    const note = (at: string) => {
      const heap = desk.unit.heap();
      peaks.push(
        heap.then(({ slotsPeak, chunksPeak, livePeak }) =>
          t.log(`${at}: peak ${slotsPeak} + ${chunksPeak} bytes, alive ${livePeak}`),
        ),
      );
    };
    desk.unit.on("trace", ({ room, event, detail }) => {
      if (room === "telemetry" && event === "reset") deaths.push(String(detail?.reason));
    });
    await walk(desk, performance.now(), ({ stage }) => note(stage));
    t.deepEqual(deaths, [], "no reset but the one by the plug");

    // The deepest and widest thing a unit does; it ends in the restart that the wipe orders.
    const outcome = new Promise<string>((resolve) =>
      desk.unit.on("trace", ({ room, event, detail }) => {
        if (room === "commands") {
          note("signed order");
          resolve(event);
        } else if (event === "reset") resolve(String(detail?.reason));
      }),
    );
    await desk.owner.order(desk.papers.id, { cmd: "wipe", args: {} });
    t.is(await outcome, "wipe");
    await Promise.all(peaks);
  } finally {
    await desk.close();
  }
});
