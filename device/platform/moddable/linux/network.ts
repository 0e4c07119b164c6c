/** Wi-Fi played by the bench. */
import type {
  Connection,
  JoinFailure,
  NetworkInterface,
  NetworkInterfaceConstructor,
} from "../../platform.ts";
import type { Bench } from "../bench/bench.ts";

export function benchInterface(bench: Bench): NetworkInterfaceConstructor {
  return class BenchInterface implements NetworkInterface {
    connection: Connection = 0;
    address: string | undefined;
    failure: JoinFailure | undefined;

    constructor({ onChanged }: ConstructorParameters<NetworkInterfaceConstructor>[0]) {
      bench.hear("wifi", (answer) => {
        this.address = "address" in answer ? answer.address : undefined;
        this.failure = "failure" in answer ? answer.failure : undefined;
        this.connection = this.address === undefined ? 0 : 3;
        onChanged("connection");
      });
    }

    connect(network: { SSID: string; password?: string }): void {
      this.connection = 1;
      this.failure = undefined;
      bench.say("join", network);
    }

    disconnect(): void {
      if (this.connection === 0) return;
      this.connection = 0;
      this.address = undefined;
      bench.say("leave", {});
    }

    close(): void {
      this.disconnect();
    }
  };
}
