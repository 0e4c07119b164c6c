/** What a browser page does at the other end of the cable: Improv Wi-Fi Serial as a client. */
import { Buffer } from "node:buffer";
import {
  encodeImprov,
  ImprovDecoder,
  type ImprovPacket,
  improvCommand,
  improvType,
} from "../../device/setup/improv-packet.ts";
import type { SerialLine } from "../board/serial-line.ts";

export class ImprovClient {
  /** Everything the device said, oldest first. */
  readonly heard: ImprovPacket[] = [];
  readonly #line: SerialLine;

  constructor(line: SerialLine) {
    this.#line = line;
    const decoder = new ImprovDecoder();
    line.onHeard = (bytes) => {
      for (const packet of decoder.feed(bytes)) if (packet !== "damaged") this.heard.push(packet);
    };
  }

  ask(command: number, data: Uint8Array = new Uint8Array(0)): void {
    const rpc = new Uint8Array([command, data.length, ...data]);
    this.#line.write(encodeImprov({ type: improvType.command, data: rpc }));
  }

  sendWifi(ssid: string, password: string): void {
    const fields = [ssid, password].map((text) => Buffer.from(text));
    const data = fields.flatMap((field) => [field.length, ...field]);
    this.ask(improvCommand.sendWifi, new Uint8Array(data));
  }

  /** The last word of this type: the state, the error. */
  last(type: number): number | undefined {
    return this.heard.filter((packet) => packet.type === type).at(-1)?.data[0];
  }

  /** Texts of the last result. */
  result(): string[] | undefined {
    const data = this.heard.filter(({ type }) => type === improvType.result).at(-1)?.data;
    if (data === undefined) return undefined;
    const texts: string[] = [];
    for (let at = 2; at < data.length; at += 1 + (data[at] ?? 0))
      texts.push(Buffer.from(data.subarray(at + 1, at + 1 + (data[at] ?? 0))).toString());
    return texts;
  }
}
