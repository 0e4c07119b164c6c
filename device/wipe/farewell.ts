/**
 * The last words of a unit that has just forgotten its owner, over the connection that it still has: the
 * receipt, a request to the services to erase, and nothing left retained (EN 303 645 5.11-2, 5.11-4).
 * If they cannot be said, the request waits in the `system` area for the next connection.
 */
import type { Timer } from "../platform/platform.ts";
import type { Outlet } from "../privacy/outlet.ts";
import type { Wipe } from "./wipe.ts";

const lookMs = 200;
/** The owner waits, and the flash is erased already. */
const longestMs = 10_000;

/** Calls back when the broker has everything, or when it is not worth waiting for any longer. */
export function sayFarewell(
  { outlet, timer }: { readonly outlet: Outlet; readonly timer: Timer },
  { request }: Wipe,
  receipt: string | undefined,
  onSaid: () => void,
): void {
  const { link } = outlet;
  outlet.clear("state");
  outlet.clear("discovery");
  outlet.publish("security", { event: "erase-requested", request, reason: "everything" });
  if (receipt !== undefined) outlet.publish("security", { event: "wiped", receipt });
  const look = (waitedMs: number) => {
    if (outlet.unsent > 0 && waitedMs < longestMs) timer.set(() => look(waitedMs + lookMs), lookMs);
    else {
      link?.stop(true);
      onSaid();
    }
  };
  timer.set(() => look(lookMs), lookMs);
}
