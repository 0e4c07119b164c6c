/** A process as a board: for the SDK's own toolchain and engine, without a chip. */
import SdkTCP from "embedded:io/socket/tcp";
import SdkTimer from "timer";
import type {
  BootSlots,
  Platform,
  ResetReason,
  TCPOptions,
  TLSConstructor,
  TLSOptions,
  Update,
} from "../../platform.ts";
import {
  type Bench,
  BenchClimate,
  benchAccessPoint,
  benchDigital,
  benchRoutes,
  benchTrace,
  buttonPin,
  lampPin,
  openBench,
} from "../bench/bench.ts";
import { crypto } from "../crypto.ts";
import { NativeDigest } from "../digest.ts";
import { openTimer } from "../timer.ts";
import Session from "../tls/tls-native.ts";
import { tlsOver } from "../tls/tls-socket.ts";
import { boardNative } from "./board-native.ts";
import { fileFlash } from "./flash.ts";
import { benchInterface, benchListener } from "./network.ts";

const hearEveryMs = 5;

/** The program is no image in a slot: there is one, it is valid, and no other can be chosen. */
const slots: BootSlots = {
  running: "slot0",
  spare: "slot1",
  state: "valid",
  rolledBack: false,
  confirm() {},
  rollBack() {
    throw new Error("the other slot holds nothing that could run");
  },
};

const update: Update = {
  open: () => ({
    write() {},
    complete() {
      throw new Error("a program on Linux is no image in a slot");
    },
    close() {},
  }),
};

function routedTls(bench: Bench, timer: Platform["timer"]): TLSConstructor {
  const routes = benchRoutes(bench);
  const TLS = tlsOver({
    Session,
    Dial: SdkTCP as never,
    // Only addresses get here; a name without a route is not known.
    resolve: (host, done) => {
      const address = host.startsWith("127.") ? host : undefined;
      timer.set(() => done(address), 0);
    },
    timer,
  });
  return class RoutedTLS extends TLS {
    constructor(options: TLSOptions) {
      const route = routes(options.host, options.port);
      super(route ? { ...options, host: route.address, port: route.at } : options);
    }
  };
}

export function openBoard(): Platform {
  const bench = openBench((line) => boardNative.say(line));
  const timer = openTimer();
  const resetReason = boardNative.resetReason() as ResetReason;
  const bornAt = boardNative.ticks();
  const heap = () => ({
    slots: boardNative.heap(0),
    slotsPeak: boardNative.heap(1),
    chunks: boardNative.heap(2),
    chunksPeak: boardNative.heap(3),
  });
  bench.hear("heap", () => bench.say("heap", heap()));
  const platform: Platform = {
    board: { name: "linux", button: buttonPin, lamp: lampPin },
    flash: fileFlash(slots.running),
    update,
    slots,
    Digest: NativeDigest,
    Digital: benchDigital(bench),
    climate: BenchClimate,
    network: {
      Interface: benchInterface(bench),
      AccessPoint: benchAccessPoint(bench, () => "127.0.0.1"),
      Listener: benchListener(bench),
      TCP: SdkTCP as unknown as new (options: TCPOptions) => SdkTCP,
      TLS: routedTls(bench, timer),
    },
    timer,
    clock: {
      ticks: () => boardNative.ticks() - bornAt,
      wall: () => boardNative.wall(),
    },
    random: (length) => new Uint8Array(boardNative.random(length)),
    crypto,
    system: { resetReason, restart: () => boardNative.restart(), heap },
    trace: benchTrace(bench),
  };
  bench.say("boot", { resetReason });
  SdkTimer.repeat(() => {
    for (let line = boardNative.hear(); line !== undefined; line = boardNative.hear())
      bench.take(line);
  }, hearEveryMs);
  return platform;
}
