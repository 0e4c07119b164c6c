/** The board's serial line: a person's computer at one end, the firmware, when it listens, at the other. */
import type { Calls, Deliver } from "./calls.ts";

/** Bytes that wait for the firmware; more are lost, as in a UART's buffer. */
const bufferBytes = 1_024;

export class SerialLine {
  /** What the device sent, at the computer. */
  onHeard: (bytes: Uint8Array) => void = () => {};
  /** Set while the firmware has the line open. */
  onBytes: ((bytes: Uint8Array) => void) | undefined;

  /** From the computer. Lost when the firmware does not listen. */
  write(bytes: Uint8Array): void {
    this.onBytes?.(bytes.slice());
  }

  get open(): boolean {
    return this.onBytes !== undefined;
  }
}

type SerialCalls = Pick<Calls, "serial.open" | "serial.read" | "serial.write" | "serial.close">;

export function serialCalls(line: SerialLine, deliver: Deliver): SerialCalls {
  let waiting: number[] = [];
  const isOpen = () => {
    if (!line.open) throw new Error("the serial line is closed");
  };
  return {
    "serial.open"({ id }) {
      if (line.open) throw new Error("the serial line is open already");
      waiting = [];
      line.onBytes = (bytes) => {
        waiting.push(...bytes.subarray(0, bufferBytes - waiting.length));
        deliver("serial.readable", { id, bytes: waiting.length });
      };
    },
    "serial.read"() {
      isOpen();
      return waiting.length > 0 ? new Uint8Array(waiting.splice(0)) : undefined;
    },
    "serial.write"(_, bytes) {
      isOpen();
      if (bytes) line.onHeard(bytes.slice());
    },
    "serial.close"() {
      line.onBytes = undefined;
    },
  };
}
