/** The engines by name, for command lines. */
import { Fault } from "../../provisioning/fault.ts";
import type { Engine } from "./engine.ts";
import { nodeEngine } from "./node-engine.ts";
import { xsAvailable, xsEngine } from "./xs-engine.ts";

export const engineNames = ["node", "xs"] as const;
export type EngineName = (typeof engineNames)[number];

/** @throws Fault when the engine cannot run here, with one line that says what to do. */
export function engineNamed(name: string): Engine {
  if (name === "node") return nodeEngine;
  if (name !== "xs") throw new Fault(`unknown engine "${name}": use node or xs`);
  const available = xsAvailable();
  if (!available.ok) throw new Fault(available.reason);
  return xsEngine;
}
