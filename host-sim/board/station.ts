/** A unit's Wi-Fi station: joins by the clock, fails with the reason, and forgets credentials. */
import type { Connection, JoinFailure } from "../../device/platform/platform.ts";
import type { WifiState } from "../runtime/protocol.ts";
import type { Clock } from "./clock.ts";
import type { Host, Radio } from "./radio.ts";

/** From the request to the network's answer, and from there to an address. */
export const associateMs = 600;
export const addressMs = 200;

export interface StationWiring {
  radio: Radio;
  clock: Clock;
  host: (address: string) => Host;
  onChanged: (property: "connection" | "address") => void;
}

export class Station {
  readonly #wiring: StationWiring;
  #connection: Connection = 0;
  #failure: JoinFailure | undefined;
  #address: string | undefined;
  #cancel: (() => void) | undefined;
  #leave: (() => void) | undefined;
  SSID = "";

  constructor(wiring: StationWiring) {
    this.#wiring = wiring;
  }

  get ready(): boolean {
    return this.#connection === 3;
  }

  get failure(): JoinFailure | undefined {
    return this.#failure;
  }

  get state(): WifiState {
    return {
      connection: this.#connection,
      address: this.#address ?? null,
      failure: this.#failure ?? null,
    };
  }

  connect({ SSID, password }: { SSID: string; password?: string }): void {
    this.#down();
    this.SSID = SSID;
    this.#failure = undefined;
    this.#set(1);
    this.#cancel = this.#wiring.clock.after(associateMs, () => this.#associate(password));
  }

  disconnect(): void {
    this.#down();
    this.#set(0);
  }

  /** No more events. */
  close(): void {
    this.#down();
    this.#connection = 0;
  }

  #associate(password: string | undefined): void {
    const { radio, clock, host } = this.#wiring;
    const entered = radio.enter(this.SSID, password, host, () => this.#fail("lost"));
    if (typeof entered === "string") {
      this.#fail(entered);
      return;
    }
    this.#leave = entered.leave;
    this.#set(2);
    if (entered.address === undefined) return; // nobody answers: the device gives up by itself
    this.#cancel = clock.after(addressMs, () => {
      this.#address = entered.address;
      this.#wiring.onChanged("address");
      this.#set(3);
    });
  }

  #fail(failure: JoinFailure): void {
    this.#down();
    this.#failure = failure;
    this.#set(0);
  }

  #down(): void {
    this.#cancel?.();
    this.#leave?.();
    this.#cancel = undefined;
    this.#leave = undefined;
    this.#address = undefined;
  }

  #set(connection: Connection): void {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#wiring.onChanged("connection");
  }
}
