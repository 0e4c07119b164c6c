/** Wi-Fi station and access point of the ESP32, over the SDK's two Wi-Fi modules. */
import SdkStation from "embedded:network/interface/wifi";
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's module of that name
import Net from "net";
import SdkWifi from "wifi";
import type {
  AccessPoint,
  Connection,
  JoinFailure,
  NetworkInterface,
  NetworkInterfaceConstructor,
  Timer,
} from "../../platform.ts";

/** ESP-IDF's network for an access point of its own. */
const accessPointAddress = "192.168.4.1";
const accessPointNetwork = "192.168.4.";

/** Only who is in the access point's network: the SDK's listener takes callers from any interface. */
export const inAccessPoint = (address: string): boolean => address.startsWith(accessPointNetwork);

export class WifiInterface implements NetworkInterface {
  failure: JoinFailure | undefined;
  private readonly station: SdkStation;
  private wanted = false;

  constructor({ onChanged }: ConstructorParameters<NetworkInterfaceConstructor>[0]) {
    this.station = new SdkStation({
      onChanged: (property) => {
        if (!this.wanted || (property !== "connection" && property !== "address")) return;
        // The SDK's module does not say why.
        if (this.connection === 0) this.failure = "lost";
        onChanged(property);
      },
    });
  }

  get connection(): Connection {
    const { connection, address } = this.station;
    if (connection < 3) return Math.max(0, Math.min(connection, 2)) as Connection;
    return address === undefined ? 2 : 3;
  }

  get address(): string | undefined {
    return this.station.address;
  }

  connect(options: { SSID: string; password?: string }): void {
    this.failure = undefined;
    this.wanted = true;
    this.station.connect(options);
  }

  disconnect(): void {
    if (!this.wanted) return;
    this.wanted = false;
    this.station.disconnect();
  }

  close(): void {
    this.wanted = false;
    this.station.close();
  }
}

export class WifiAccessPoint implements AccessPoint {
  readonly address = accessPointAddress;

  constructor({ SSID }: { SSID: string }) {
    SdkWifi.accessPoint({ ssid: SSID, station: true });
  }

  close(): void {
    SdkWifi.mode = SdkWifi.Mode.station;
  }
}

/** `done` is called later, in a turn of its own. */
export const resolver =
  (timer: Timer) =>
  (host: string, done: (address: string | undefined) => void): void => {
    Net.resolve(host, (_name, address) => {
      timer.set(() => done(address), 0);
    });
  };
