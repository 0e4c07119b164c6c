/** What every broker of the house is to its callers: in process, Mosquitto, a RabbitMQ cluster. */
import type { Role, RuleRefusal } from "./topic-rules.ts";

/** Why a connection never reached the rules, or was ended below them. */
export type ConnectionRefusal =
  | "no-certificate"
  | "untrusted-certificate"
  | "expired-certificate"
  | "plaintext"
  | "tls-version"
  | "handshake-failed"
  | "silent"
  /** More dials in one second than the broker takes on. */
  | "too-many"
  | "slow"
  | "keep-alive"
  | "revoked"
  | "malformed";

export type Refusal = ConnectionRefusal | RuleRefusal;

/**
 * What the page and the tests may watch. `remote` is `address:port`. Mosquitto tells only
 * `connected`, `disconnected` and refused handshakes (without an address): its log is all there is.
 * `tls` is the protocol version, such as "TLSv1.3".
 */
export type BrokerEvent =
  | { type: "connected"; name: string; role: Role; remote: string; tls?: string }
  | { type: "disconnected"; name: string }
  | { type: "refused"; reason: Refusal; remote: string; name?: string; topic?: string }
  | { type: "published"; name: string; topic: string; payload: Uint8Array; retain: boolean };

/** Everything a broker needs to be trusted and to know whom to trust. All keys are DER. */
export interface BrokerOptions {
  /** The server's certificate, leaf first. */
  readonly certificate: Uint8Array | readonly Uint8Array[];
  /** PKCS#8 of the server. Secret. */
  readonly privateKey: Uint8Array;
  /** The device CA (several while one is rotated). */
  readonly deviceAnchor: Uint8Array | readonly Uint8Array[];
  /** The owners' CA (several while one is rotated). */
  readonly ownersAnchor: Uint8Array | readonly Uint8Array[];
  /** Where units connect; 0 or absent: any free port. */
  readonly port?: number;
  readonly revocations?: Revocations;
}

/** Revocation lists (RFC 5280 section 5), DER: of both CAs, because OpenSSL lets nobody in whose CA has none. */
export interface Revocations {
  readonly units: Uint8Array;
  readonly owners: Uint8Array;
}

/** A running broker on 127.0.0.1 with TLS only. */
export interface Broker {
  readonly name: "in-process" | "mosquitto" | "rabbitmq";
  /** Where units connect. */
  readonly port: number;
  /** Where owners' apps connect: the same port in process, a listener of its own elsewhere. */
  readonly ownersPort: number;
  /** Lets the owner's app `owner` (its common name) command and watch `unit` (an id). */
  grant(owner: string, unit: string): Promise<void>;
  /** Who may command and watch `unit`, by name. */
  granted(unit: string): readonly string[];
  /** Takes a grant back; messages stop at once, on open connections too. */
  withdraw(owner: string, unit: string): Promise<void>;
  /** Tells `listener` of every event from now on; call the result to stop. */
  watch(listener: (event: BrokerEvent) => void): () => void;
  /** Drops every connection and comes back on the same ports with the same grants. */
  restart(): Promise<void>;
  /** Drops every connection, frees the ports and resolves when nothing is left. */
  close(): Promise<void>;
}

/** One or several DER values as a list. */
export function listOf(der: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return der instanceof Uint8Array ? [der] : der;
}

/** Owner → units, as both brokers keep it. Names are checked by the caller. */
export class Grants {
  readonly #units = new Map<string, Set<string>>();

  readonly has = (owner: string, unit: string): boolean =>
    this.#units.get(owner)?.has(unit) ?? false;

  add(owner: string, unit: string): void {
    this.#units.set(owner, (this.#units.get(owner) ?? new Set()).add(unit));
  }

  remove(owner: string, unit: string): void {
    this.#units.get(owner)?.delete(unit);
  }

  of(unit: string): readonly string[] {
    return [...this.#units].flatMap(([owner, units]) => (units.has(unit) ? [owner] : []));
  }

  *[Symbol.iterator](): IterableIterator<{ owner: string; units: readonly string[] }> {
    for (const [owner, units] of this.#units) yield { owner, units: [...units] };
  }
}

/** The listeners of one broker. */
export class Watchers {
  readonly #listeners = new Set<(event: BrokerEvent) => void>();

  readonly tell = (event: BrokerEvent): void => {
    for (const listener of this.#listeners) listener(event);
  };

  add(listener: (event: BrokerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
