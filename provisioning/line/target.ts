/** What a station can flash and read back: a board on a cable, or the simulator's flash file. */
import type { RegionBytes } from "./release.ts";

export interface Place {
  readonly offset: number;
  readonly length: number;
}

export interface Target {
  readonly kind: string;
  /** One at a time: somebody has to put the next unit on the cable. */
  readonly isSerial: boolean;
  /**
   * Erases and writes; afterwards the unit holds these regions. Writing again what is there already is
   * no fault. @throws Fault, one line for the operator.
   */
  write(serial: string, regions: readonly RegionBytes[]): Promise<void>;
  /** What the unit's flash holds there now, read anew. @throws Fault */
  read(serial: string, places: readonly Place[]): Promise<Uint8Array[]>;
  /**
   * Starts the unit and goes through its set-up with this password as an owner's app would. Undefined
   * when the unit let it in; otherwise why not. Absent on a target that cannot.
   */
  rehearse?(unit: { serial: string; id: string; password: string }): Promise<string | undefined>;
  close(): Promise<void>;
}
