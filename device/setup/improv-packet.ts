/**
 * Packets of Improv Wi-Fi Serial (improv-wifi.com/serial, version 1): "IMPROV", version, type, length,
 * data, checksum, and a line feed that may be left out. The decoder is fed whatever the line carries,
 * noise and console output included, and keeps one packet's bytes at most.
 */
import { encodeText } from "../platform/text.ts";

export const improvType = { state: 1, error: 2, command: 3, result: 4 } as const;
export const improvState = { ready: 2, provisioning: 3, provisioned: 4 } as const;
export const improvError = {
  none: 0,
  invalidPacket: 1,
  unknownCommand: 2,
  unableToConnect: 3,
  notAuthorised: 4,
} as const;
export const improvCommand = { sendWifi: 1, askState: 2, askInfo: 3, scan: 4 } as const;

export type ImprovError = (typeof improvError)[keyof typeof improvError];

export interface ImprovPacket {
  readonly type: number;
  readonly data: Uint8Array;
}

const header = [0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56, 1];
/** Header, type and length. */
const headLength = header.length + 2;
/** A Wi-Fi name and password with their lengths come to 99. */
const longestData = 128;

const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => (total + byte) & 0xff, 0);

export function encodeImprov({ type, data }: ImprovPacket): Uint8Array {
  const packet = new Uint8Array(headLength + data.length + 2);
  packet.set(header);
  packet[7] = type;
  packet[8] = data.length;
  packet.set(data, headLength);
  packet[headLength + data.length] = sum(packet.subarray(0, headLength + data.length));
  packet[headLength + data.length + 1] = 0x0a;
  return packet;
}

/** Finds packets in a stream of bytes; what is none is skipped, and a bad checksum is "damaged". */
export class ImprovDecoder {
  private kept: number[] = [];

  feed(bytes: Uint8Array): (ImprovPacket | "damaged")[] {
    const found: (ImprovPacket | "damaged")[] = [];
    for (const byte of bytes) {
      this.kept.push(byte);
      const packet = this.take();
      if (packet) found.push(packet);
    }
    return found;
  }

  get keptBytes(): number {
    return this.kept.length;
  }

  private take(): ImprovPacket | "damaged" | undefined {
    const { kept } = this;
    // Whatever cannot be the beginning of a packet goes, from the front.
    while (kept.length > 0 && !this.begins()) kept.shift();
    const length = kept[8];
    if (length === undefined || kept.length < headLength + length + 1) return undefined;
    const whole = new Uint8Array(kept.splice(0, headLength + length + 1));
    const body = whole.subarray(0, headLength + length);
    if (sum(body) !== whole[headLength + length]) return "damaged";
    return { type: whole[7] as number, data: whole.slice(headLength, headLength + length) };
  }

  private begins(): boolean {
    const { kept } = this;
    if (!header.every((byte, index) => kept[index] === undefined || kept[index] === byte))
      return false;
    return (kept[8] ?? 0) <= longestData;
  }
}

/** Several texts, each with its length before it, as a result of `command`. */
export function improvResult(command: number, texts: readonly string[]): ImprovPacket {
  const encoded = texts.map((text) => encodeText(text));
  const length = encoded.reduce((total, text) => total + 1 + text.length, 0);
  const data = new Uint8Array(2 + length);
  data[0] = command;
  data[1] = length;
  let at = 2;
  for (const text of encoded) {
    data[at] = text.length;
    data.set(text, at + 1);
    at += 1 + text.length;
  }
  return { type: improvType.result, data };
}

/** The two length-prefixed fields of "send Wi-Fi settings"; undefined when they do not fill it exactly. */
export function improvWifiFields(
  data: Uint8Array,
): { readonly ssid: Uint8Array; readonly password: Uint8Array } | undefined {
  const ssidLength = data[0];
  if (ssidLength === undefined) return undefined;
  const passwordLength = data[1 + ssidLength];
  if (passwordLength === undefined || data.length !== 2 + ssidLength + passwordLength)
    return undefined;
  return {
    ssid: data.subarray(1, 1 + ssidLength),
    password: data.subarray(2 + ssidLength),
  };
}
