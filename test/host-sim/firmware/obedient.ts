/** Firmware for tests: says why it started, lights its lamp, and on the button does as ordered. */
import { boardPlatform } from "../../../host-sim/runtime/board-shim.ts";
import { receiveEvents } from "../../../host-sim/runtime/host.ts";
import { readOrder } from "./order.ts";

export interface ObedientOrder {
  onPress:
    | "restart"
    | "throw"
    | "throw in a timer"
    | "overflow"
    | "loop"
    | "hoard"
    | "write"
    | "report"
    | "tick"
    | "poison";
  /** Do it at once, and at every start. */
  atBoot?: boolean;
}

const marks = globalThis as { poisoned?: boolean };

receiveEvents((boot) => {
  const platform = boardPlatform(boot);
  const { trace, timer, system, flash } = platform;
  const { onPress, atBoot } = readOrder<ObedientOrder>(platform);

  function overflow(): number {
    return overflow() + 1;
  }

  function write(): void {
    const owner = flash.open({ path: "owner", mode: "r+" });
    owner.eraseBlock(0);
    owner.write(new Uint8Array(100), 0);
    owner.write(new Uint8Array(100), 100);
    owner.close();
    trace("test", "written");
  }

  function report(): void {
    const sensor = new platform.climate();
    const { thermometer, hygrometer } = sensor.sample();
    trace("test", "report", {
      temperature: thermometer.temperature,
      humidity: hygrometer.humidity,
      wall: platform.clock.wall() ?? "none",
      ticks: platform.clock.ticks(),
      random: platform.random(4).length,
      partitions: [...flash].join(" "),
    });
  }

  function tick(left: number): void {
    trace("test", "tick", { ticks: platform.clock.ticks() });
    if (left > 0) timer.set(() => tick(left - 1), 1000);
  }

  const actions: Record<ObedientOrder["onPress"], () => void> = {
    restart: () => system.restart(),
    throw() {
      throw new Error("ordered to");
    },
    "throw in a timer": () =>
      void timer.set(() => {
        throw new Error("late");
      }, 10),
    overflow: () => void overflow(),
    loop() {
      for (;;);
    },
    hoard() {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Uint8Array(1024));
    },
    write,
    report,
    tick: () => tick(3),
    poison() {
      marks.poisoned = true;
      (Array.prototype as { poisoned?: boolean }).poisoned = true;
      timer.set(() => trace("test", "an old timer fired"), 100);
      system.restart();
    },
  };

  const clean = marks.poisoned === undefined && !("poisoned" in Array.prototype);
  trace("test", "started", { reason: system.resetReason, clean });
  const lamp = new platform.Digital({ pin: platform.board.lamp, mode: "output", initialValue: 1 });
  const button = new platform.Digital({
    pin: platform.board.button,
    mode: "input",
    onReadable() {
      if (button.read() === 0) return;
      lamp.write(0);
      actions[onPress]();
      trace("test", "done");
    },
  });
  if (atBoot) actions[onPress]();
});
