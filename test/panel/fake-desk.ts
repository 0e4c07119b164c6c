import type {
  ActionResult,
  Desk,
  DeskAction,
  DeskEvent,
  DeskView,
  TimelineEntry,
  UnitView,
  WireEntry,
} from "../../host-sim/panel/view.ts";
import { openViewStore } from "../../host-sim/panel/view-store.ts";
import { fakeLabel, fakePassword, freshView } from "./fake-view.ts";

export { fakePassword };

export interface FakeDesk extends Desk {
  emit(event: DeskEvent): void;
  /** Every action taken up, oldest first. */
  readonly actions: readonly DeskAction[];
  note(entry: Omit<TimelineEntry, "id" | "atMs">): void;
  passage(entry: Omit<WireEntry, "id" | "atMs">): void;
  stop(): void;
}

export interface FakeDeskOptions {
  /** Length of each pretended step. */
  stepMs?: number;
  /** How long the button has to be held. */
  holdMs?: number;
}

/** A desk without a device: it plays the life of a unit, so that the page can be shown and tested. */
export function fakeDesk({ stepMs = 60, holdMs = 300 }: FakeDeskOptions = {}): FakeDesk {
  const store = openViewStore(freshView());
  const actions: DeskAction[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let id = 0;
  let holding: NodeJS.Timeout | undefined;

  const { emit } = store;
  const unit = (change: Partial<UnitView>) =>
    emit({ type: "set", parts: { unit: { ...store.view().unit, ...change } } });
  const owner = (change: Partial<DeskView["owner"]>) =>
    emit({ type: "set", parts: { owner: { ...store.view().owner, ...change } } });
  const note: FakeDesk["note"] = (entry) =>
    emit({ type: "timeline", entry: { ...entry, id: ++id, atMs: Date.now() } });
  const passage: FakeDesk["passage"] = (entry) =>
    emit({ type: "wire", entry: { ...entry, id: ++id, atMs: Date.now() } });
  const write = (offset: number, length: number) =>
    emit({ type: "flash", operation: { atMs: Date.now(), kind: "write", offset, length } });
  const later = (ms: number, run: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
    return timer;
  };
  const green = (guideline: number, what: string, test: string) => {
    const light = store.view().lights.find((other) => other.guideline === guideline)!;
    emit({ type: "light", light: { ...light, state: "green", what, when: Date.now(), test } });
  };

  const report = () => {
    emit({
      type: "report",
      report: {
        atMs: Date.now(),
        climate: { temperature: 21.4 + 0.3 * Math.sin(id), humidity: 46 + (id % 3) },
        lamp: store.view().unit.lamp,
      },
    });
    passage({
      direction: "out",
      kind: "message",
      peer: "broker",
      topic: "units/6h3k…/state",
      fields: ["temperature", "humidity", "lamp"],
      bytes: 214,
      outcome: "encrypted",
    });
  };

  const connect = () => {
    unit({ wifi: "joined", connected: true, availability: "online" });
    passage({
      direction: "out",
      kind: "connection",
      peer: "broker",
      bytes: 2894,
      outcome: "encrypted",
    });
    note({
      part: "device",
      text: "Connected to its broker over TLS 1.3 and verified it.",
      tone: "good",
      detail: "The chain ends at the server root from the factory partition; the name matches.",
    });
    green(
      5,
      "The device connected over TLS and verified the broker's chain and name.",
      "test/link/refusals.test.ts: wrong chain is refused",
    );
    report();
  };

  const plug = () => {
    unit({ powered: true, booting: true });
    note({ part: "board", text: "Power is on.", tone: "plain" });
    later(stepMs, () => {
      unit({ booting: false, heap: { slots: 31_200, chunks: 18_400, limit: 137_216 } });
      write(0x14000, 64);
      note({ part: "device", text: "Started; its identity is whole.", tone: "plain" });
      if (store.view().unit.life === "claimed" && store.view().unit.cable) connect();
    });
  };

  const unplug = () => {
    unit({
      powered: false,
      booting: false,
      wifi: "off",
      connected: false,
      availability: store.view().unit.life === "claimed" ? "offline" : "unknown",
    });
    emit({
      type: "flash",
      operation: { atMs: Date.now(), kind: "write", offset: 0x15020, length: 96, cut: "during" },
    });
    note({
      part: "board",
      text: "Power was cut in the middle of a write to system.",
      tone: "plain",
      detail: "96 bytes at 0x015020 were half written; the record's checksum will not match.",
    });
  };

  const press = () => {
    unit({ buttonDown: true });
    // Opens while it is still down, which a real unit does only once it has an owner.
    holding = later(holdMs, () => {
      if (!store.view().unit.powered || store.view().unit.life !== "new") return;
      unit({ life: "set-up" });
      note({
        part: "device",
        text: "The button was pressed: set-up is open for 5 minutes.",
        tone: "plain",
      });
    });
  };

  const setUp = (password: string): ActionResult => {
    if (store.view().unit.life !== "set-up")
      return {
        ok: false,
        message: "Set-up is not open. Press the button on the board.",
      };
    const wrong = password.replace(/-/g, "") !== fakePassword.replace(/-/g, "");
    owner({ stage: "finding" });
    later(stepMs, () => owner({ stage: "proving" }));
    later(2 * stepMs, () => {
      write(0x14100, 32);
      if (wrong) {
        note({
          part: "device",
          text: "A wrong password was refused; the next try has to wait 2 seconds.",
          tone: "refused",
          reason: "wrong-proof",
          detail: "The failure was written to flash before the answer was given.",
        });
        green(
          1,
          "A wrong password was refused, and the next try slowed down.",
          "test/rooms/access.suite.ts: thirty days of guessing",
        );
        owner({
          stage: "error",
          error:
            "The password does not match. Check it against the label and try again in 2 seconds.",
        });
      } else owner({ stage: "joining" });
    });
    if (!wrong)
      later(3 * stepMs, () => {
        write(0x1a000, 1200);
        unit({ life: "claimed", wifi: "joining" });
        note({
          part: "owner",
          text: "The device has an owner now; set-up is closed.",
          tone: "good",
        });
        green(12, "Set up with a label, a button and one form.", "test/panel/journey.test.ts");
        owner({ stage: "done" });
        later(stepMs, connect);
      });
    return { ok: true };
  };

  const lamp = (on: boolean): ActionResult => {
    if (!store.view().unit.connected)
      return {
        ok: false,
        message: "The device is offline. Give it power and network, then try again.",
      };
    passage({
      direction: "in",
      kind: "message",
      peer: "broker",
      topic: "units/6h3k…/command",
      bytes: 118,
      outcome: "encrypted",
    });
    unit({ lamp: on });
    note({ part: "owner", text: `Lamp switched ${on ? "on" : "off"}.`, tone: "plain" });
    report();
    return { ok: true };
  };

  const attack = (name: string): ActionResult => {
    const found = store.view().attacks.find((other) => other.name === name);
    if (!found) return { ok: false, message: "There is no such attack. Reload the page." };
    const { lastAnswer: _, lastReason: __, lastOutcome: ___, ...fresh } = found;
    emit({ type: "attack", attack: { ...fresh, running: true } });
    later(stepMs, () => {
      const broken = name === "broken-door";
      const lastAnswer = broken
        ? "Port 23 answered. (Only this sample desk is so careless.)"
        : "The device closed the connection before a byte of its own was sent.";
      emit({
        type: "attack",
        attack: {
          ...fresh,
          running: false,
          lastAnswer,
          lastReason: broken ? "port-open" : "not-tls",
          lastOutcome: broken ? "broken" : "held",
        },
      });
      passage({
        direction: "out",
        kind: "connection",
        peer: "impostor",
        bytes: 0,
        outcome: "refused",
        reason: "not-tls",
      });
      note({
        part: "attacker",
        text: `${fresh.title}: the device refused.`,
        tone: "refused",
        reason: "not-tls",
        detail: lastAnswer,
      });
    });
    return { ok: true };
  };

  function perform(action: DeskAction): ActionResult {
    switch (action.type) {
      case "plug":
        plug();
        break;
      case "unplug":
        unplug();
        break;
      case "press":
        press();
        break;
      case "release":
        clearTimeout(holding);
        unit({ buttonDown: false });
        break;
      case "cable": {
        const { life, powered } = store.view().unit;
        unit({
          cable: action.in,
          ...(action.in ? {} : { connected: false, availability: "offline" }),
        });
        if (action.in && life === "claimed" && powered) later(stepMs, connect);
        break;
      }
      case "cover":
        emit({ type: "set", parts: { label: action.covered ? { covered: true } : fakeLabel } });
        break;
      case "set-up":
        return setUp(action.password);
      case "lamp":
        return lamp(action.on);
      case "attack":
        return attack(action.name);
      case "clear-timeline":
        emit({ type: "timeline-cleared" });
        break;
    }
    return { ok: true };
  }

  return {
    view: store.view,
    subscribe: store.subscribe,
    emit,
    actions,
    note,
    passage,
    async act(action) {
      actions.push(action);
      return perform(action);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
