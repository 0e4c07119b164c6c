/** Mosquitto's log, read for who came, who went and who was refused. */
import type { BrokerEvent, ConnectionRefusal } from "../broker-type.ts";
import { isNameOf, type Role } from "../topic-rules.ts";

/** Logged once per refused handshake; OpenSSL's words, which name no address. */
const handshakeErrors: readonly (readonly [pattern: RegExp, reason: ConnectionRefusal])[] = [
  [/peer did not return a certificate/, "no-certificate"],
  [/certificate verify failed/, "untrusted-certificate"],
  [/wrong version number|http request|packet length too long/, "plaintext"],
  [/unsupported protocol|version too low/, "tls-version"],
  [/ alert /, "handshake-failed"],
];

/** Connections that have not said CONNECT yet; more than these are forgotten, oldest first. */
const MAX_PENDING = 1_000;

export class LogReader {
  readonly #ownersPort: number;
  /** `address:port` → the role of the listener it came to. */
  readonly #pending = new Map<string, Role>();

  constructor(ownersPort: number) {
    this.#ownersPort = ownersPort;
  }

  /** The event a line tells, if any. */
  read(line: string): BrokerEvent | undefined {
    const arrival = / New connection from (\S+) on port (\d+)\./.exec(line);
    if (arrival) {
      this.#expect(arrival[1]!, Number(arrival[2]) === this.#ownersPort ? "owner" : "unit");
      return undefined;
    }
    const connected = / New client connected from (\S+) as (\S+) \(/.exec(line);
    if (connected) return this.#connected(connected[1]!, connected[2]!);
    const gone = / Client (\S+) (?:disconnected|closed its connection|has exceeded timeout)/.exec(
      line,
    );
    if (gone) return gone[1] === "<unknown>" ? undefined : { type: "disconnected", name: gone[1]! };
    const failed = / OpenSSL Error\[0\]: (.*)/.exec(line);
    if (!failed) return undefined;
    const reason = handshakeErrors.find(([pattern]) => pattern.test(failed[1]!))?.[1];
    // The rest is connections that broke off, such as "unexpected eof while reading".
    return reason && { type: "refused", reason, remote: "?" };
  }

  #expect(remote: string, role: Role): void {
    this.#pending.set(remote, role);
    const [oldest] = this.#pending.keys();
    if (this.#pending.size > MAX_PENDING && oldest !== undefined) this.#pending.delete(oldest);
  }

  #connected(remote: string, name: string): BrokerEvent | undefined {
    const role = this.#pending.get(remote);
    this.#pending.delete(remote);
    return role && isNameOf(role, name) ? { type: "connected", name, role, remote } : undefined;
  }
}
