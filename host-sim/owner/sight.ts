/** What a unit has shown its owner, put together from the parts it came in (`device/privacy/sight.ts`). */
import type { Purpose } from "../../device/privacy/datum.ts";

export interface SeenChoice {
  readonly purpose: Purpose;
  readonly granted: boolean;
  /** Version of the notice it was made under, and when; absent while nobody was asked. */
  readonly notice?: number;
  readonly decidedAt?: number;
}

export interface SeenEvent {
  readonly sequence: number;
  readonly at: number;
  readonly event: string;
  readonly reason?: string;
  readonly times?: number;
  /** Links of the journal's chain (`device/telemetry/chain.ts`). */
  readonly after?: number;
  readonly prev?: string;
  readonly mark?: string;
}

export interface Sight {
  readonly owner: {
    readonly key: string;
    readonly ssid: string;
    readonly broker: string;
    readonly child: boolean;
  };
  readonly choices: readonly SeenChoice[];
  readonly events: readonly SeenEvent[];
  /** The device's security.txt (RFC 9116): where to report a weakness. */
  readonly disclosure: string;
}

type Part = Readonly<Record<string, unknown>>;

/** Undefined until the last part has come, and when one is missing. */
export function putTogether(parts: readonly Part[]): Sight | undefined {
  const of = (kind: string) => parts.filter(({ part }) => part === kind);
  const [owner] = of("owner");
  const [end] = of("end");
  const [maker] = of("maker");
  if (owner === undefined || maker === undefined || end?.parts !== parts.length) return undefined;
  const { key, ssid, broker, child } = owner as unknown as Sight["owner"];
  return {
    owner: { key, ssid, broker, child },
    choices: of("choice").map(({ part: _, agreedTo, ...rest }) => ({
      purpose: agreedTo,
      ...rest,
    })) as unknown as SeenChoice[],
    events: of("event").map(({ part: _, ...rest }) => rest) as unknown as SeenEvent[],
    disclosure: String(maker.disclosure),
  };
}
