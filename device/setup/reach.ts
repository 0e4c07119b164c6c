/**
 * Whether the service can be reached from a network that was just joined: a connection that is verified,
 * and closed again. Asked while a person still stands there, so that a router without internet, a
 * service that is down and a certificate that is not the service's are told now and not found out later.
 */
import type { Platform, TCP } from "../platform/platform.ts";
import type { Identity } from "../storage/identity.ts";
import type { Endpoint } from "./claim.ts";

/** A name service, a connection and a handshake that a chip signs for. */
const reachMs = 20_000;

/** Calls back once, and never from inside this call. */
export function reach(
  { network, timer }: Pick<Platform, "network" | "timer">,
  { host, port }: Endpoint,
  { certificate, privateKey, anchors }: Identity,
  onResult: (reached: boolean) => void,
): void {
  let socket: TCP | undefined;
  let over = false;
  const end = (reached: boolean) => {
    if (over) return;
    over = true;
    timer.clear(timeout);
    socket?.close();
    onResult(reached);
  };
  const timeout = timer.set(() => end(false), reachMs);
  try {
    socket = new network.TLS({
      host,
      port,
      secure: { serverName: host, anchors, certificate, privateKey },
      // The first call means "verified".
      onWritable: () => end(true),
      onError: () => end(false),
    });
  } catch {
    timer.set(() => end(false), 0);
  }
}
