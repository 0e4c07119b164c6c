/** Guards of guidelines 6 and 7: what can be reached of the device, and what it runs. */
import type { Mutant } from "../mutant.ts";

const room = (title: string) => ({ file: "test/rooms.test.ts", title });
const confinement = (title: string) => ({ file: "test/confinement.test.ts", title });

export const mutants: readonly Mutant[] = [
  {
    id: "opens-the-window-by-itself",
    provisions: ["5.6-1", "5.5-5"],
    file: "device/setup/set-up.ts",
    guard: "this.name = accessPointName(identity.id);",
    broken: "this.name = accessPointName(identity.id);\n    this.open();",
    killedBy: room("setup/window: before the button and after five minutes nothing listens"),
  },
  {
    id: "listens-after-the-window-has-closed",
    provisions: ["5.6-1"],
    file: "device/setup/set-up.ts",
    guard: "window.listener.close();",
    broken: "",
    killedBy: room("setup/window: before the button and after five minutes nothing listens"),
  },
  {
    id: "leaves-its-access-point-open",
    provisions: ["5.6-1"],
    file: "device/setup/set-up.ts",
    guard: "window.accessPoint.close();",
    broken: "",
    killedBy: room("setup/window: before the button and after five minutes nothing listens"),
  },
  {
    id: "does-not-fall-back-to-the-other-slot",
    provisions: ["5.7-1"],
    file: "host-sim/bootloader/bootloader.ts",
    guard: "for (const slot of [first, first === 0 ? 1 : 0] as const) {",
    broken: "for (const slot of [first] as const) {",
    killedBy: {
      file: "test/host-sim/unit-bootloader.test.ts",
      title: "otadata chooses, and a damaged image falls back to the other slot",
    },
  },
  {
    id: "product-changes-what-everybody-uses",
    provisions: ["5.6-7"],
    file: "host-sim/runtime/confined.ts",
    guard: "  lockdown();",
    broken: "",
    killedBy: confinement("node: a hostile product reaches nothing it was not given"),
  },
  {
    id: "product-has-the-board",
    provisions: ["5.6-7"],
    file: "host-sim/engine/node-stub.js",
    guard: "host.confine(text(source), others.join())",
    broken: 'host.confine(text(source), "")',
    killedBy: confinement("node: a hostile product reaches nothing it was not given"),
  },
  {
    id: "product-changes-what-it-was-given",
    provisions: ["5.6-7"],
    file: "device/house-product.ts",
    guard: "const { freeze } = Object;",
    broken: "const freeze = <T>(value: T): T => value;",
    killedBy: confinement("node: a hostile product reaches nothing it was not given"),
  },
  {
    id: "listens-where-nobody-declared-it",
    provisions: ["5.6-1", "5.6-5"],
    file: "device/device.ts",
    guard: "const outlet = new Outlet();",
    broken:
      "const outlet = new Outlet();\n" +
      "  new platform.network.Listener({ port: 23, onReadable() {} });",
    killedBy: { file: "test/surface.test.ts", title: "unclaimed" },
  },
  {
    id: "list-of-interfaces-leaves-one-out",
    provisions: ["5.6-1", "5.6-3"],
    file: "device/access/interfaces.ts",
    guard: 'open: ["unclaimed", "set-up", "claimed", "moving", "safe-mode", "wiped"],',
    broken: 'open: ["set-up", "claimed", "moving", "safe-mode", "wiped"],',
    killedBy: { file: "test/surface.test.ts", title: "unclaimed" },
  },
  {
    id: "ships-with-the-developers-console",
    provisions: ["5.6-4"],
    file: "device/platform/moddable/esp32/board.ts",
    guard: "trace: () => {},",
    broken: "trace: (room) => void room,",
    killedBy: {
      file: "test/chip/debug-off.test.ts",
      title: "the modules of a board that ships hold nothing of the developer's",
    },
  },
  {
    id: "release-prints-its-memory-when-it-dies",
    provisions: ["5.6-4"],
    file: "device/platform/boards/esp32/sdkconfig/sdkconfig.defaults.release",
    guard: "CONFIG_ESP_COREDUMP_ENABLE_TO_NONE=y",
    broken: "CONFIG_ESP_COREDUMP_ENABLE_TO_UART=y",
    killedBy: {
      file: "test/chip/debug-off.test.ts",
      title: "esp32: a release has no console, no core dump, and checks its image",
    },
  },
];
