/** The room suites inside an engine: each event "run" names a case, its answer is a host call. */
import { check } from "../suite.ts";
import { suites } from "./suites.ts";

declare function hostCall(op: string, json: string): { json: string };
declare global {
  var onHostEvent: (event: string, json: string) => void;
}

function outcome(room: string, name: string): string | undefined {
  const found = suites.find((suite) => suite.room === room)?.cases[name];
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
  const { room, name } = JSON.parse(json);
  hostCall("outcome", JSON.stringify({ fault: outcome(room, name) }));
};
