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

/** The emulator, which may stand still: it is started anew then, and that is counted. */
export interface Reviving {
  chip: Chip;
  /** A chip that knows what `introduce` tells. */
  readonly start: () => Promise<Chip>;
  revivals: number;
}

/** The battery's client. Anchors, in hexadecimal, are put on the chip when they are first asked for. */
export function clientOn(on: Reviving, by: "firmware" | "loose"): Client {
  let known = new Map<string, string>();
  let of = on.chip;
  const nameOf = async (anchor: string) => {
    const name = known.get(anchor) ?? `anchor-${by}-${known.size}`;
    if (!known.has(anchor)) await on.chip.put(name, Buffer.from(anchor, "hex"));
    known.set(anchor, name);
    return name;
  };
  const meet: Client["meet"] = async ({ anchors, ...meeting }) => {
    if (of !== on.chip) known = new Map();
    of = on.chip;
    const names: string[] = [];
    for (const anchor of anchors) names.push(await nameOf(anchor));
    const { met } = await on.chip.ask("meet", { ...meeting, by, anchors: names });
    if (!met) throw new Error("an answer without what came of the meeting");
    return met;
  };
  return {
    async meet(meeting) {
      try {
        return await meet(meeting);
      } catch {
        on.revivals++;
        on.chip.end();
        on.chip = await on.start();
        return meet(meeting);
      }
    },
    end: () => on.chip.end(),
  };
}
