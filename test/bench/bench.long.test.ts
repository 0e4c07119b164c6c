/** The benchmarks run and give figures. What the figures are is nobody's test. */
import test from "ava";
import * as metadata from "./metadata.ts";
import * as mqtt from "./mqtt.ts";
import * as provisioning from "./provisioning.ts";
import * as start from "./start.ts";

const positive = (value: number | undefined) => Number.isFinite(value) && value! > 0;

test("our MQTT client beside MQTT.js", async (t) => {
  const figures = await mqtt.run({ connects: 2, messages: 50, rounds: 1 });
  for (const comparison of [figures.connectMs, figures.messagesPerSecond])
    t.true([comparison.ours, comparison.mqttJs, comparison.ratio].every(positive));
  t.regex(mqtt.describe(figures), /QoS 1 messages\/s: ours \d+, MQTT\.js \d+/);
});

test("provisioning", async (t) => {
  const figures = await provisioning.run({ units: 4, rounds: 1 });
  t.true(positive(figures.ours));
  t.is(figures.opensslLoop === undefined, figures.ratio === undefined);
  t.regex(provisioning.describe(figures), /^line: [\d.]+ units\/s/);
});

test("device start, on each engine that can run here", async (t) => {
  const figures = await start.run({ starts: 1 });
  t.deepEqual(Object.keys(figures.engines), ["node", "xs"]);
  for (const times of Object.values(figures.engines))
    t.true("skipped" in times || times.connectedMs >= figures.radioMs);
  t.regex(start.describe(figures), /^node: plug to running/);
});

test("update metadata beside tuf-js", async (t) => {
  const figures = await metadata.run({ rounds: 1 });
  for (const { bytes, oursMs, tufJsMs, xs } of Object.values(figures.keys)) {
    t.true([bytes, oursMs, tufJsMs].every(positive));
    t.true("skipped" in xs || (positive(xs.ms) && xs.peakBytes > xs.afterBytes));
  }
  t.regex(metadata.describe(figures), /^Ed25519, \d+ bytes: ours [\d.]+ ms, tuf-js [\d.]+ ms/);
});
