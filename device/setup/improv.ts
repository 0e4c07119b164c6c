/**
 * Wi-Fi settings by cable, from a browser (Improv Wi-Fi Serial). It answers while the set-up window is
 * open and is closed with it. It takes a network and tries it; it claims nothing, reads out nothing that
 * is not printed on the box, and does nothing for a unit that has an owner: docs/adr/0015.
 */
import type { Platform, Serial } from "../platform/platform.ts";
import { decodeText } from "../platform/text.ts";
import { parseWifi, type Wifi } from "./claim.ts";
import {
  encodeImprov,
  ImprovDecoder,
  type ImprovError,
  type ImprovPacket,
  improvCommand,
  improvError,
  improvResult,
  improvState,
  improvType,
  improvWifiFields,
} from "./improv-packet.ts";

export interface ImprovParts {
  /** Firmware, version, board, name: what anybody may know. */
  readonly info: readonly string[];
  owned(): boolean;
  /** Tries a network; calls back once, unless the window closes first. */
  tryWifi(wifi: Wifi, onResult: (joined: boolean) => void): void;
}

export class Improv {
  private readonly parts: ImprovParts;
  private readonly decoder = new ImprovDecoder();
  private line: Serial | undefined;
  private state: number = improvState.ready;

  /** Opens the line, where the board has one. */
  constructor({ serial }: Pick<Platform, "serial">, parts: ImprovParts) {
    this.parts = parts;
    if (parts.owned()) this.state = improvState.provisioned;
    if (serial) this.line = new serial({ onReadable: () => this.read() });
  }

  close(): void {
    this.line?.close();
    this.line = undefined;
  }

  private read(): void {
    const bytes = this.line?.read();
    if (bytes === undefined) return;
    for (const packet of this.decoder.feed(new Uint8Array(bytes))) {
      if (packet === "damaged") this.error(improvError.invalidPacket);
      else if (packet.type === improvType.command) this.command(packet);
    }
  }

  private command({ data }: ImprovPacket): void {
    const [command, length] = data;
    const rest = data.subarray(2);
    if (command === undefined || length !== rest.length) {
      this.error(improvError.invalidPacket);
      return;
    }
    switch (command) {
      case improvCommand.askState:
        this.tell(this.state);
        return;
      case improvCommand.askInfo:
        this.send(improvResult(command, this.parts.info));
        return;
      case improvCommand.scan:
        // The end of a list without entries: who is at the cable types the name.
        this.send(improvResult(command, []));
        return;
      case improvCommand.sendWifi:
        this.wifi(rest);
        return;
      default:
        this.error(improvError.unknownCommand);
    }
  }

  private wifi(data: Uint8Array): void {
    if (this.parts.owned()) {
      this.error(improvError.notAuthorised);
      return;
    }
    const fields = improvWifiFields(data);
    const wifi =
      fields && parseWifi({ ssid: decodeText(fields.ssid), password: decodeText(fields.password) });
    if (wifi === undefined) {
      this.error(improvError.invalidPacket);
      return;
    }
    this.error(improvError.none);
    this.tell(improvState.provisioning);
    this.parts.tryWifi(wifi, (joined) => {
      if (!joined) this.error(improvError.unableToConnect);
      this.tell(joined ? improvState.provisioned : improvState.ready);
      if (joined) this.send(improvResult(improvCommand.sendWifi, []));
    });
  }

  private tell(state: number): void {
    this.state = state;
    this.send({ type: improvType.state, data: new Uint8Array([state]) });
  }

  private error(error: ImprovError): void {
    this.send({ type: improvType.error, data: new Uint8Array([error]) });
  }

  private send(packet: ImprovPacket): void {
    this.line?.write(encodeImprov(packet));
  }
}
