/** One room's suites inside an engine: each event "run" names a case, its answer is a host call. */
import { check, type Suite } from "../suite.ts";
// Resolved by the bundle to one of the suites beside this file.
import * as room from "./room-under-test.ts";

declare function hostCall(op: string, json: string): { json: string };
declare global {
  var onHostEvent: (event: string, json: string) => void;
}

function outcome(suites: readonly Suite[], name: string, of: string): string | undefined {
  const found = suites.find((suite) => suite.room === of)?.cases[name];
  if (!found) return "no such case";
  try {
    found(check);
    return undefined;
  } catch (error) {
    return String((error as Error).message ?? error);
  }
}

globalThis.onHostEvent = (event, json) => {
  if (event !== "run") return;
  const { suite, name } = JSON.parse(json);
  hostCall("outcome", JSON.stringify({ fault: outcome(room.suites, name, suite) }));
};
