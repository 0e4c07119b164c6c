/** What a scan should have found, by the device's own list, and where the two differ. */
import type { Interface, LifeState } from "../../device/access/interfaces.ts";
import { buttonPin, lampPin } from "../board/pins.ts";

/** The desk's names for what the list calls by its purpose. */
export interface Places {
  /** host:port */
  readonly broker: string;
  readonly updates: string;
}

/** How the scan would name an interface of the list; undefined for one that no scan here can see. */
function sighting({ id, port, scanned }: Interface, places: Places): string | undefined {
  if (scanned === "chip") return undefined;
  const names: Readonly<Record<string, string>> = {
    "set-up-access-point": "access point",
    "set-up-window": `listens ${port}`,
    "set-up-cable": "serial line",
    "wifi-station": "station",
    broker: `dials ${places.broker}`,
    updates: `dials ${places.updates}`,
    button: `pin input ${buttonPin}`,
    lamp: `pin output ${lampPin}`,
  };
  return names[id] ?? `not to be found: ${id}`;
}

export interface Differences {
  /** Found, and not in the list. */
  readonly undeclared: readonly string[];
  /** In the list, and not found. */
  readonly missing: readonly string[];
}

export function compare(
  list: readonly Interface[],
  state: LifeState,
  found: readonly string[],
  places: Places,
): Differences {
  const expected = list
    .filter(({ open }) => open.includes(state))
    .flatMap((one) => sighting(one, places) ?? []);
  return {
    undeclared: [...new Set(found)].filter((one) => !expected.includes(one)),
    missing: expected.filter((one) => !found.includes(one)),
  };
}
