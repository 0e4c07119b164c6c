/**
 * Everything that leaves a unit before anybody has agreed to anything, over virtual time: every connection
 * it dials, every message it publishes.
 */
import type { ExecutionContext } from "ava";
import { dataMap } from "../../device/privacy/data-map.ts";
import type { Datum } from "../../device/privacy/datum.ts";
import { mirrors } from "../../device/update/endpoint.ts";
import { brokerName } from "../../host-sim/desk/desk.ts";
import { deskWith, flashOf, type Sabotage, sabotaged } from "../desk-fixture.ts";
import type { Home } from "./privacy-desk.ts";

/** Virtual time in one turn of the event loop while nothing happens; whoever dials gets his turns. */
const idleStepMs = 5_000;
const dialMs = 10_000;

export interface Captured {
  readonly destinations: readonly string[];
  readonly messages: number;
  readonly bytes: number;
  /** Fields that the map lets out only by agreement, or not at all. */
  readonly unneeded: readonly string[];
}

/** Where the notice says that the device connects to: the broker of set-up, and the servers it names. */
export const inNotice = [brokerName, ...mirrors.map(({ host }) => host)].sort();

/** One life of the claimed unit, for so long after it has reached its broker. */
export async function capture(
  t: ExecutionContext,
  home: Home,
  lengthMs: number,
  sabotage?: Sabotage,
): Promise<Captured> {
  const { desk, clock, claimed } = home;
  const firmware = sabotage && (await sabotaged(sabotage, "updating.ts"));
  const at = deskWith(desk, flashOf(claimed), firmware === undefined ? {} : { firmware });
  t.teardown(() => at.unit.unplug());
  const destinations = new Set<string>();
  const unneeded = new Set<string>();
  let messages = 0;
  let bytes = 0;
  at.unit.on("dial", ({ host }) => destinations.add(host));
  at.unit.on("bytes", (passed) => {
    if (passed.way === "out") bytes += passed.bytes;
  });
  const stop = desk.broker.watch((event) => {
    if (event.type !== "published" || event.name !== desk.papers.id) return;
    messages++;
    for (const what of beyondNeed(event.topic, event.payload)) unneeded.add(what);
  });
  let dialledAtMs = 0;
  at.unit.on("dial", () => {
    dialledAtMs = clock.now();
  });
  await at.unit.plug();
  await clock.until(() => destinations.has(brokerName) && messages > 0, "online");
  const end = clock.now() + lengthMs;
  while (clock.now() < end) {
    const dialling = () => clock.now() - dialledAtMs < dialMs;
    const over = () => clock.now() >= end;
    await clock.until(() => !dialling() || over(), "a dial", lengthMs);
    await clock.hurry(idleStepMs, () =>
      clock.until(() => dialling() || over(), "a quiet time", 2 * lengthMs),
    );
  }
  stop();
  return { destinations: [...destinations].sort(), messages, bytes, unneeded: [...unneeded] };
}

/** What of a message is not marked in the map as needed. */
function beyondNeed(topic: string, payload: Uint8Array): string[] {
  const leaf = topic.split("/").pop() ?? "";
  const text = Buffer.from(payload).toString();
  if (leaf === "availability") return ["online", "offline", ""].includes(text) ? [] : [text];
  const map: Readonly<Record<string, Datum>> = dataMap;
  const sentBy = (datum: Datum) => datum.sent.some((channel) => channel === leaf);
  return Object.keys(JSON.parse(text))
    .filter((name) => {
      const datum = map[name];
      return datum === undefined || datum.consent !== "none" || !sentBy(datum);
    })
    .map((name) => `${leaf}: ${name}`);
}
