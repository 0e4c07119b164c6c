/** The engines by name, for command lines. */
import { Fault } from "../../provisioning/fault.ts";
import { oneOf } from "../command-line.ts";
import type { Engine } from "./engine.ts";
import { nodeEngine } from "./node-engine.ts";
import { xsAvailable, xsEngine } from "./xs-engine.ts";

export const engineNames = ["node", "xs"] as const;
export type EngineName = (typeof engineNames)[number];

/**
 * The engine that `--engine` names. @throws UsageError for another word, Fault when it cannot run
 * here: one line that says what to do.
 */
export function engineNamed(name: string): Engine {
  if (oneOf("--engine", name, engineNames) === "node") return nodeEngine;
  const available = xsAvailable();
  if (!available.ok) throw new Fault(available.reason);
  return xsEngine;
}
