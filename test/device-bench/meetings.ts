/** TLS meetings of the bench's image. */
import type { Client } from "../device-suites/tls-battery.ts";
import type { House } from "../tls-native/impostors.ts";
import type { Chip } from "./chip.ts";

/** Gives the chip the time, its identity, and the server's root as "anchor". */
export async function introduce(chip: Chip, { unit, root }: House): Promise<void> {
  await chip.ask("clock", Math.floor(Date.now() / 1000));
  await chip.put("key", unit.keyDer);
  await chip.put("chain", unit.der);
  await chip.put("anchor", root.der);
}

/** The battery's client. Anchors, in hexadecimal, are put on the chip when they are first asked for. */
export function clientOn(chip: Chip, by: "firmware" | "loose"): Client {
  const known = new Map<string, string>();
  const nameOf = async (anchor: string) => {
    const name = known.get(anchor) ?? `anchor-${by}-${known.size}`;
    if (!known.has(anchor)) await chip.put(name, Buffer.from(anchor, "hex"));
    known.set(anchor, name);
    return name;
  };
  return {
    async meet({ anchors, ...meeting }) {
      const names: string[] = [];
      for (const anchor of anchors) names.push(await nameOf(anchor));
      const { met } = await chip.ask("meet", { ...meeting, by, anchors: names });
      if (!met) throw new Error("an answer without what came of the meeting");
      return met;
    },
    end: () => chip.end(),
  };
}
