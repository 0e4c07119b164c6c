/** The desk as the page sees it: what happens becomes events, what a visitor clicks a scenario. */

import { product } from "../../device/product/product.ts";
import { formatSerial } from "../../provisioning/serial.ts";
import { formatPassword } from "../../provisioning/set-up-password.ts";
import { boardPartitions } from "../board/partitions.ts";
import { greyLights } from "../panel/reduce.ts";
import type {
  ActionResult,
  DeskAction,
  DeskView,
  Desk as PanelDesk,
  UnitView,
} from "../panel/view.ts";
import { openViewStore } from "../panel/view-store.ts";
import { attacks } from "../scenario/attacks.ts";
import { NotNow } from "../scenario/scenario.ts";
import { adviceFor } from "./advice.ts";
import { type Desk, home, labelOf } from "./desk.ts";
import { Narrator } from "./narrator.ts";

export interface PageDesk extends PanelDesk {
  close(): void;
}

export function pageDesk(desk: Desk): PageDesk {
  const { unit, papers } = desk;
  const store = openViewStore(firstView(desk));
  const narrator = new Narrator(desk, store);
  const stopWatching = narrator.watch();

  const setUnit = (change: Partial<UnitView>) =>
    store.emit({ type: "set", parts: { unit: { ...store.view().unit, ...change } } });
  const setOwner = (change: Partial<DeskView["owner"]>) =>
    store.emit({ type: "set", parts: { owner: { ...store.view().owner, ...change } } });

  async function setUp(action: Extract<DeskAction, { type: "set-up" }>): Promise<void> {
    const { password, ssid, wifiPassword } = action;
    setOwner({ stage: "finding", error: undefined as never });
    try {
      await desk.setUp(
        { password, wifi: { ssid, password: wifiPassword ?? home.password } },
        (stage) => setOwner({ stage: stage === "done" ? "joining" : stage }),
      );
      await desk.connectOwner();
      setOwner({ stage: "done" });
      narrator.claimed();
    } catch (error) {
      const advice = adviceFor(error);
      narrator.note({
        part: "owner",
        text: "Set-up did not succeed.",
        detail: advice.text,
        reason: advice.reason,
        tone: "refused",
      });
      setOwner({ stage: "error", error: advice.text });
    }
  }

  async function attack(name: string): Promise<void> {
    const found = attacks.find((other) => other.name === name);
    const shown = store.view().attacks.find((other) => other.name === name);
    if (!found || !shown) throw new NotNow("There is no such attack. Reload the page.");
    if (store.view().attacks.some((other) => other.running))
      throw new NotNow("One attack at a time: wait for the device's answer.");
    if (found.needs === "owner" && store.view().owner.stage !== "done")
      throw new NotNow("This attack is on a device in use. Set it up first, in the owner's tab.");
    store.emit({ type: "attack", attack: { ...shown, running: true } });
    narrator.note({ part: "attacker", text: found.title, detail: found.explain, tone: "plain" });
    void found.run(desk).then(
      (answer) => {
        const lastOutcome = answer.held ? "held" : "broken";
        const reason = answer.reason ? { lastReason: answer.reason } : {};
        store.emit({
          type: "attack",
          attack: { ...shown, running: false, lastAnswer: answer.saw, lastOutcome, ...reason },
        });
        narrator.answered(found, answer);
      },
      (error) => {
        const { text } = adviceFor(error);
        store.emit({ type: "attack", attack: { ...shown, running: false, lastAnswer: text } });
      },
    );
  }

  async function act(action: DeskAction): Promise<void> {
    switch (action.type) {
      case "plug":
        return void unit.plug();
      case "unplug":
        return unit.unplug();
      case "press":
        return unit.press();
      case "release":
        return unit.release();
      case "cable":
        desk.radio.setUpstream(action.in);
        if (!action.in) narrator.cablePulled();
        return setUnit({ cable: action.in });
      case "cover":
        return store.emit({ type: "set", parts: { label: labelView(desk, action.covered) } });
      case "set-up":
        return void setUp(action);
      case "lamp":
        return desk.owner.command(papers.id, `page-${Date.now()}`, { lamp: action.on });
      case "attack":
        return attack(action.name);
      case "clear-timeline":
        return store.emit({ type: "timeline-cleared" });
    }
  }

  return {
    view: store.view,
    subscribe: store.subscribe,
    close: stopWatching,
    async act(action): Promise<ActionResult> {
      try {
        await act(action);
        return { ok: true };
      } catch (error) {
        return { ok: false, message: adviceFor(error).text };
      }
    },
  };
}

const labelView = (desk: Desk, covered: boolean): DeskView["label"] =>
  covered
    ? { covered: true }
    : {
        covered: false,
        svg: labelOf(desk.papers).svg,
        password: formatPassword(desk.papers.password),
      };

function firstView(desk: Desk): DeskView {
  const { unit, papers, radio } = desk;
  return {
    unit: {
      name: product.name,
      serial: formatSerial(papers.serial),
      powered: unit.state !== "off",
      booting: false,
      lamp: unit.lamp,
      brightness: 100,
      buttonDown: false,
      cable: radio.upstream,
      wifi: "off",
      life: desk.owned() ? "claimed" : "new",
      connected: false,
      availability: "unknown",
      engine: desk.engineName,
      heap: null,
    },
    label: labelView(desk, false),
    lights: greyLights(),
    timeline: [],
    reports: [],
    wire: [],
    flash: {
      size: unit.flash.size,
      partitions: boardPartitions().map(({ name, offset, size }) => ({ name, offset, size })),
      operations: [],
    },
    attacks: attacks.map(({ name, guideline, title, explain }) => ({
      name,
      guideline,
      title,
      explain,
      running: false,
    })),
    owner: { stage: desk.owned() ? "done" : "label", networks: [{ ssid: home.ssid, saved: true }] },
  };
}
