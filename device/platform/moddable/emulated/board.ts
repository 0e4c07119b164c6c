/** The emulated ESP32-C3: a cable in place of the radio, and a bench in place of button and lamp. */
import SdkTCP from "embedded:io/socket/tcp";
import SdkTimer from "timer";
import type { Crypto } from "../../../crypto/crypto.ts";
import type { CheckFigures } from "../../bench-messages.ts";
import type {
  Connection,
  JoinFailure,
  Listener,
  ListenerOptions,
  NetworkInterface,
  NetworkInterfaceConstructor,
  Platform,
  TCP,
  TCPOptions,
} from "../../platform.ts";
import {
  type Bench,
  BenchClimate,
  benchAccessPoint,
  benchDigital,
  benchTrace,
  buttonPin,
  lampPin,
  openBench,
} from "../bench/bench.ts";
import { benchTls } from "../bench/tls.ts";
import { development, measureAnew } from "../development.ts";
import { boardNative } from "../esp32/board-native.ts";
import { openChip } from "../esp32/chip.ts";
import { listenerOver } from "../listener.ts";
import { emulatedNative } from "./emulated-native.ts";

const lookEveryMs = 20;
/** From an address to a route. */
const settleMs = 500;

/** Ready as soon as the cable has brought an address; a cable asks for no password. */
function cable(timer: Platform["timer"]): NetworkInterfaceConstructor {
  return class Cable implements NetworkInterface {
    connection: Connection = 0;
    readonly failure: JoinFailure | undefined;
    private readonly onChanged: (property: "connection" | "address") => void;
    private looking: number | undefined;

    constructor(options: ConstructorParameters<NetworkInterfaceConstructor>[0]) {
      this.onChanged = options.onChanged;
    }

    get address(): string | undefined {
      return this.connection === 3 ? emulatedNative.address() : undefined;
    }

    connect(): void {
      this.disconnect();
      this.connection = 1;
      this.look();
    }

    disconnect(): void {
      if (this.looking !== undefined) timer.clear(this.looking);
      this.looking = undefined;
      this.connection = 0;
    }

    close(): void {
      this.disconnect();
    }

    private ready(): void {
      this.looking = undefined;
      this.connection = 3;
      this.onChanged("connection");
    }

    private look(): void {
      this.looking = timer.set(() => {
        this.looking = undefined;
        if (emulatedNative.address() === undefined) return this.look();
        this.looking = timer.set(() => this.ready(), settleMs);
      }, lookEveryMs);
    }
  };
}

/** The SDK's listener wants a network to be there: it is opened when the cable has brought an address. */
function lateListener(
  whenReached: (callback: () => void) => void,
  bench: Bench,
): new (
  options: ListenerOptions,
) => Listener {
  const NowListener = listenerOver({
    place: (port) => port,
    admits: () => true,
    onOpened: (port, at) => bench.say("listen", { port, at }),
    onClosed: (port) => bench.say("unlisten", { port }),
  });
  return class LateListener implements Listener {
    private listener: Listener | undefined;
    private open = true;

    constructor(options: ListenerOptions) {
      whenReached(() => {
        if (this.open) this.listener = new NowListener(options);
      });
    }

    read(): TCP | undefined {
      return this.listener?.read();
    }

    close(): void {
      this.open = false;
      this.listener?.close();
      this.listener = undefined;
    }
  };
}

/** Looks at the end of each Ed25519 check, when noble is still loaded. */
function lookedAt(crypto: Crypto, look: () => void): Crypto {
  return {
    ...crypto,
    signatures() {
      const { verifyEd25519 } = crypto.signatures();
      return {
        verifyEd25519(signature, message, publicKey) {
          const genuine = verifyEd25519(signature, message, publicKey);
          look();
          return genuine;
        },
      };
    },
  };
}

/** The bench hears what the journal is too small for. */
function tellOfAborts(bench: Bench): void {
  const announce = globalThis.abort;
  globalThis.abort = (reason, exception) => {
    bench.say("trace", {
      room: "board",
      event: "abort",
      detail: { reason, exception: String(exception) },
    });
    announce?.(reason, exception);
  };
}

export function openBoard(): Platform {
  const chip = openChip();
  const { timer, system } = chip;
  emulatedNative.openBench();
  emulatedNative.startEthernet();
  const bench = openBench((line) => emulatedNative.say(line));
  let inCheck: CheckFigures | undefined;
  const crypto = lookedAt(chip.crypto, () => {
    const { slots, chunks } = system.heap();
    inCheck = { slots, chunks, free: boardNative.heap(4) };
  });
  bench.hear("heap", ({ anew = false }) => {
    // Before the peaks begin anew.
    const figures = { ...system.heap(), free: boardNative.heap(4), leastFree: boardNative.heap(5) };
    const checked = inCheck ? { inCheck } : {};
    const alive = anew ? { alive: measureAnew() } : {};
    bench.say("heap", { ...figures, ...checked, ...alive, ms: chip.clock.ticks() });
  });
  tellOfAborts(bench);
  bench.say("boot", { resetReason: system.resetReason });
  SdkTimer.repeat(() => {
    for (let line = emulatedNative.hear(); line !== undefined; line = emulatedNative.hear())
      bench.take(line);
  }, lookEveryMs);
  /** Whoever is told of a port wants to connect to it. */
  const whenReached = (callback: () => void): void => {
    if (emulatedNative.address() === undefined) timer.set(() => whenReached(callback), lookEveryMs);
    else callback();
  };
  return {
    ...chip,
    crypto,
    board: { name: "esp32c3-emulated", button: buttonPin, lamp: lampPin },
    Digital: benchDigital(bench),
    climate: BenchClimate,
    network: {
      Interface: cable(timer),
      AccessPoint: benchAccessPoint(bench, () => emulatedNative.address() ?? "0.0.0.0"),
      Listener: lateListener(whenReached, bench),
      TCP: SdkTCP as unknown as new (options: TCPOptions) => SdkTCP,
      TLS: benchTls(bench, timer),
    },
    trace: benchTrace(bench),
    development,
  };
}
