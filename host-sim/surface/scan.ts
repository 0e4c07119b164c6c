/**
 * A scan of the simulated device from both sides: what stands open in the air around it, and every
 * call by which it reached for the board (EN 303 645 5.6-1). It knows the board's operations and not
 * the device's list of interfaces; the two are compared by `compare.ts`.
 */
import type { Radio } from "../board/radio.ts";
import type { Engine, HostCall } from "../engine/engine.ts";

/** Operations that lead nowhere outside the board. */
const inward = /^(flash|update|slots|digest|climate|timer|clock|system|socket)\.|^(random|trace)$/;
/** They ask or end, and open nothing. */
const harmless =
  /^(pin\.(read|write|close)|wifi\.(open|state|close)|listener\.read|serial\.(read|write))$/;

interface Opened {
  readonly what: string;
  readonly id: unknown;
}

export class Recorder {
  #open: Opened[] = [];
  #joined = false;
  #dialled = new Set<string>();
  #strange = new Set<string>();

  /** The engine, with an ear at the board's door. */
  around(engine: Engine): Engine {
    return {
      name: engine.name,
      start: (options) => {
        // A new life has nothing open yet.
        this.#open = [];
        this.#joined = false;
        const hostCall: HostCall = (op, json, bytes) => {
          this.#hear(op, JSON.parse(json));
          return options.hostCall(op, json, bytes);
        };
        return engine.start({ ...options, hostCall });
      },
    };
  }

  /** From now on: whom it has dialled before is forgotten, what is open is not. */
  begin(): void {
    this.#dialled = new Set();
    this.#strange = new Set();
  }

  /** What the device has open, and whom it has dialled since `begin`. */
  seen(): string[] {
    const station = this.#joined ? ["station"] : [];
    const open = this.#open.map(({ what }) => what);
    return [...new Set([...open, ...station, ...this.#dialled, ...this.#strange])].sort();
  }

  #hear(op: string, args: Record<string, unknown>): void {
    if (inward.test(op) || harmless.test(op)) return;
    const opens = (what: string) => void this.#open.push({ what, id: args.id });
    switch (op) {
      case "pin.open":
        opens(`pin ${args.mode} ${args.pin}`);
        return;
      case "ap.open":
        opens("access point");
        return;
      case "listener.open":
        opens(`listens ${args.port}`);
        return;
      case "serial.open":
        opens("serial line");
        return;
      case "serial.close":
      case "ap.close":
      case "listener.close":
        this.#open = this.#open.filter(({ id }) => id !== args.id);
        return;
      case "wifi.connect":
        this.#joined = true;
        return;
      case "wifi.disconnect":
        this.#joined = false;
        return;
      case "tls.open":
        // Without a network it is a wish, and nothing leaves.
        if (this.#joined) this.#dialled.add(`dials ${args.host}:${args.port}`);
        return;
      default:
        this.#strange.add(`unknown operation ${op}`);
    }
  }
}

/** From outside: networks in the air that are not the desk's, and every open port in all of them. */
export async function scanAir(
  radio: Radio,
  known: { readonly ssid: string; readonly password: string },
): Promise<string[]> {
  const found: string[] = [];
  for (const SSID of radio.air) {
    const ours = SSID === known.ssid;
    if (!ours) found.push("access point");
    const link = await radio.join(SSID, ours ? known.password : undefined);
    for (const { port } of await link.scan())
      found.push(ours ? `listens ${port} to its owner's network` : `listens ${port}`);
    link.leave();
  }
  return found;
}
