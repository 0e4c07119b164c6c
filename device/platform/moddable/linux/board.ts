/** A process as a board: for the SDK's own toolchain and engine, without a chip. */
import SdkTCP from "embedded:io/socket/tcp";
import SdkTimer from "timer";
import type { BootSlots, Platform, ResetReason, TCPOptions, Update } from "../../platform.ts";
import {
  BenchClimate,
  benchAccessPoint,
  benchDigital,
  benchTrace,
  buttonPin,
  lampPin,
  openBench,
} from "../bench/bench.ts";
import { benchTls } from "../bench/tls.ts";
import { crypto } from "../crypto.ts";
import { development } from "../development.ts";
import { NativeDigest } from "../digest.ts";
import { listenerOver } from "../listener.ts";
import { openTimer } from "../timer.ts";
import { boardNative } from "./board-native.ts";
import { fileFlash } from "./flash.ts";
import { benchInterface } from "./network.ts";

const hearEveryMs = 5;

/** The program is no image in a slot: there is one, it is valid, and no other can be chosen. */
const slots: BootSlots = {
  running: "slot0",
  spare: "slot1",
  state: "valid",
  rolledBack: false,
  confirm() {},
  rollBack: () => false,
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
      Listener: listenerOver({
        place: () => 0,
        admits: (address) => address.startsWith("127."),
        onOpened: (port, at) => bench.say("listen", { port, at }),
        onClosed: (port) => bench.say("unlisten", { port }),
      }),
      TCP: SdkTCP as unknown as new (options: TCPOptions) => SdkTCP,
      TLS: benchTls(bench, timer),
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
    development,
  };
  bench.say("boot", { resetReason });
  SdkTimer.repeat(() => {
    for (let line = boardNative.hear(); line !== undefined; line = boardNative.hear())
      bench.take(line);
  }, hearEveryMs);
  return platform;
}
