/** The boards with a radio: an ESP32 or ESP32-C3, a button, a lamp and an SHT3x sensor. */
import SdkDigital from "embedded:io/digital";
import SdkTCP from "embedded:io/socket/tcp";
import config from "mc/config";
import type { Digital, DigitalConstructor, Platform, TCPOptions } from "../../platform.ts";
import { listenerOver } from "../listener.ts";
import Session from "../tls/tls-native.ts";
import { tlsOver } from "../tls/tls-socket.ts";
import { openChip } from "./chip.ts";
import { climateOn } from "./climate.ts";
import { inAccessPoint, resolver, WifiAccessPoint, WifiInterface } from "./network.ts";

/** A button closes to ground, and 1 means pressed; a lamp is lit by a high level. */
class BoardDigital implements Digital {
  private readonly io: SdkDigital;
  private readonly inverted: boolean;

  constructor(options: ConstructorParameters<DigitalConstructor>[0]) {
    const { pin } = options;
    this.inverted = options.mode === "input";
    this.io =
      options.mode === "input"
        ? new SdkDigital({
            pin,
            mode: SdkDigital.InputPullUp,
            edge: SdkDigital.Rising | SdkDigital.Falling,
            onReadable: options.onReadable,
          })
        : new SdkDigital({ pin, mode: SdkDigital.Output, initialValue: options.initialValue ?? 0 });
  }

  read(): 0 | 1 {
    const level = this.io.read() ? 1 : 0;
    return this.inverted ? (level === 1 ? 0 : 1) : level;
  }

  write(value: 0 | 1): void {
    this.io.write(value);
  }

  close(): void {
    this.io.close();
  }
}

export function openBoard(): Platform {
  const chip = openChip();
  const { timer } = chip;
  return {
    ...chip,
    board: { name: config.board, button: config.button, lamp: config.lamp },
    Digital: BoardDigital,
    climate: climateOn({ data: config.i2cData, clock: config.i2cClock }),
    network: {
      Interface: WifiInterface,
      AccessPoint: WifiAccessPoint,
      Listener: listenerOver({ place: (port) => port, admits: inAccessPoint }),
      TCP: SdkTCP as unknown as new (options: TCPOptions) => SdkTCP,
      TLS: tlsOver({ Session, Dial: SdkTCP as never, resolve: resolver(timer), timer }),
    },
    // Nobody listens on a board in the field.
    trace: () => {},
  };
}
