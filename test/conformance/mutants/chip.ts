/** Guards of what the chip has and a desk has not: its memory, and code that lies in flash. */
import type { Mutant } from "../mutant.ts";

export const mutants: readonly Mutant[] = [
  {
    id: "preloads-what-flash-cannot-keep",
    provisions: ["5.6-9"],
    file: "host-sim/chip/modules.ts",
    guard: "if (faults.length > 0)",
    broken: "if (faults.length > 1_000)",
    killedBy: { file: "test/chip/preload.test.ts", title: "not for preload: a Map" },
  },
  {
    id: "takes-a-preloaded-bigint-for-plain-data",
    provisions: ["5.6-9"],
    file: "host-sim/chip/preload.ts",
    guard: "if (ts.isBigIntLiteral(node)) return",
    broken: "if (ts.isBigIntLiteral(node) && node.pos < 0) return",
    killedBy: { file: "test/chip/preload.test.ts", title: "not for preload: a BigInt in a table" },
  },
  {
    id: "leaks-memory-unnoticed",
    provisions: ["5.6-9"],
    file: "device/telemetry/memory-watch.ts",
    guard: "over >= looksOver",
    broken: "over < 0",
    killedBy: { file: "test/rooms.test.ts", title: "memory: a leak is journaled" },
  },
  {
    id: "waits-for-ever-on-a-wire-that-ended-mid-step",
    provisions: ["5.5-1"],
    file: "device/platform/moddable/tls/tls-socket.ts",
    guard: "const unseen = worked && this.#ended;",
    broken: "const unseen = false;",
    killedBy: {
      file: "test/tls-native/socket.test.ts",
      title: "a wire that ends while a message is worked on ends the connection",
    },
  },
];
