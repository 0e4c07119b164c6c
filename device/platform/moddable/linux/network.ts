/** Wi-Fi played by the bench; real sockets on the loopback interface. */
import SdkListener from "embedded:io/socket/listener";
import type {
  Connection,
  JoinFailure,
  Listener,
  ListenerOptions,
  NetworkInterface,
  NetworkInterfaceConstructor,
  TCP,
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

/**
 * Listens where there is room and tells the bench where. The SDK's listener for Linux takes callers
 * from any interface: whoever is not on this machine is sent away here.
 */
export function benchListener(bench: Bench): new (options: ListenerOptions) => Listener {
  return class BenchListener implements Listener {
    private readonly port: number;
    private readonly listener: SdkListener;
    private waiting = 0;

    constructor({ port, onReadable }: ListenerOptions) {
      this.port = port;
      this.listener = new SdkListener({
        port: 0,
        onReadable: (requests) => {
          this.waiting = requests;
          onReadable(requests);
        },
      });
      bench.say("listen", { port, at: this.listener.port });
    }

    read(): TCP | undefined {
      // Asked when none waits, the SDK's class keeps a socket it made in vain.
      while (this.waiting > 0) {
        this.waiting--;
        const caller = this.listener.read();
        if (caller?.remoteAddress.startsWith("127.")) return caller;
        caller?.close();
      }
      return undefined;
    }

    close(): void {
      this.waiting = 0;
      this.listener.close();
      bench.say("unlisten", { port: this.port });
    }
  };
}
