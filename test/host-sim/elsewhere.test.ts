/** That the sweep of a wipe would find a canary wherever else it could be: each place, planted. */
import { Buffer } from "node:buffer";
import test from "ava";
import type { BrokerEvent } from "../../host-sim/broker/broker-type.ts";
import type { Desk } from "../../host-sim/desk/desk.ts";
import { Elsewhere } from "../../host-sim/sweep/owner-scenarios.ts";
import { Unit } from "../../host-sim/unit.ts";

const canary = { name: "password 1", bytes: Buffer.from("0f1e2d3c4b5a") };
const text = `{"ssid":"${canary.bytes}"}`;

/** Places that hold `where` the canary, and nothing else. */
async function foundIn(where: string): Promise<readonly string[]> {
  let tell: (event: BrokerEvent) => void = () => {};
  const desk = {
    broker: {
      watch: (listen: typeof tell) => {
        tell = listen;
      },
      retained: async () => new Map([["t", Buffer.from(where === "broker" ? text : "{}")]]),
    },
    keeper: {
      rows: () => (where === "service" ? [{ body: JSON.parse(text) }] : []),
      app: { name: "k" },
    },
  } as unknown as Desk;
  const elsewhere = new Elsewhere(desk, [canary]);
  const payload = Buffer.from(where === "wire" ? text : "{}");
  tell({ type: "published", name: "u", topic: "t", payload, retain: false } as BrokerEvent);
  const unit = Object.create(Unit.prototype) as Unit;
  elsewhere.listen(unit);
  unit.emit("trace", { room: "setup", event: "x", detail: { ssid: where === "log" ? text : "" } });
  await elsewhere.search();
  return elsewhere.found;
}

test("a canary is found in each place, and nowhere in none", async (t) => {
  t.deepEqual(await foundIn("wire"), ["passed the broker: password 1"]);
  t.deepEqual(await foundIn("broker"), ["kept by the broker: password 1"]);
  t.deepEqual(await foundIn("service"), ["kept by the service: password 1"]);
  t.deepEqual(await foundIn("log"), ["in the log: password 1"]);
  t.deepEqual(await foundIn("nowhere"), []);
});
