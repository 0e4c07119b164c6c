/** A node's log as events: units coming and going. Of owners' apps it tells no names. */
import type { BrokerEvent } from "../broker-type.ts";

const accepted = /accepting MQTT connection \S+ \((\S+) -> \S+, client id: (\S+)\)/;
const ended = /MQTT connection (?:\S+ \(|")(\S+) -> /;

export class LogReader {
  /** Unit by `address:port`, while connected. */
  readonly #units = new Map<string, string>();

  read(line: string): BrokerEvent | undefined {
    const [, remote, name] = accepted.exec(line) ?? [];
    if (remote !== undefined && name !== undefined) {
      this.#units.set(remote, name);
      return { type: "connected", name, role: "unit", remote };
    }
    const gone = ended.exec(line)?.[1] ?? "";
    const unit = this.#units.get(gone);
    if (unit === undefined || !/closing|will terminate/.test(line)) return undefined;
    this.#units.delete(gone);
    return { type: "disconnected", name: unit };
  }
}
