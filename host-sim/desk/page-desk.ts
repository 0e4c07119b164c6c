/** The desk as the page sees it: what happens becomes events, what a visitor clicks a scenario. */

import product from "../../device/about/product.json" with { type: "json" };
import { formatSerial } from "../../provisioning/serial.ts";
import { formatPassword, normalisePassword } from "../../provisioning/set-up-password.ts";
import { boardPartitions } from "../board/partitions.ts";
import { SetUpRefused } from "../owner/owner-app.ts";
import { greyLights } from "../panel/reduce.ts";
import type {
  ActionResult,
  AttackView,
  DeskAction,
  DeskView,
  Desk as PanelDesk,
  UnitView,
} from "../panel/view.ts";
import { openViewStore } from "../panel/view-store.ts";
import { attacks } from "../scenario/attacks.ts";
import { type Attack, NotNow } from "../scenario/scenario.ts";
import { adviceFor } from "./advice.ts";
import { type Desk, home, labelOf } from "./desk.ts";
import { Judge } from "./judge.ts";
import { freshMaker, MakerSide } from "./maker-side.ts";
import { Narrator } from "./narrator.ts";
import { connectHousehold, freshRights, OwnerSide } from "./owner-side.ts";
import { watchFleet } from "./watching.ts";

export interface PageDesk extends PanelDesk {
  close(): void;
}

export function pageDesk(desk: Desk): PageDesk {
  const { unit, papers } = desk;
  const store = openViewStore(firstView(desk));
  const judge = new Judge(desk, store);
  const narrator = new Narrator(desk, store, judge);
  const ownerSide = new OwnerSide(desk, store, narrator, judge);
  const makerSide = new MakerSide(desk, store, narrator);
  const stopWatching = [
    narrator.watch(),
    ownerSide.watch(),
    makerSide.watch(),
    watchFleet(desk, narrator, judge, (flag) => makerSide.flagged(flag)),
  ];

  const setUnit = (change: Partial<UnitView>) =>
    store.emit({ type: "set", parts: { unit: { ...store.view().unit, ...change } } });
  const setOwner = (owner: Omit<DeskView["owner"], "networks">) =>
    store.emit({ type: "set", parts: { owner: { ...owner, networks: networks() } } });

  // Whose device it was has no part in it any more, and the phone forgets what it reported.
  unit.on("trace", ({ room, event }) => {
    if (room !== "telemetry" || event !== "wiped") return;
    setOwner({ stage: "label" });
    store.emit({ type: "set", parts: { reports: [] } });
    ownerSide.startAfresh();
  });

  async function setUp(action: Extract<DeskAction, { type: "set-up" }>): Promise<void> {
    setOwner({ stage: "finding" });
    try {
      if (unit.state === "off")
        throw new NotNow("The device has no power. Plug it in, press its button and try again.");
      const password = normalisePassword(action.password);
      if (password === undefined)
        throw new NotNow("Labels have digits and letters only, and no U. Compare it once more.");
      const wifi = { ssid: action.ssid, password: action.wifiPassword ?? home.password };
      await desk.setUp({ password, wifi }, (stage) =>
        setOwner({ stage: stage === "done" ? "joining" : stage }),
      );
      await connectHousehold(desk);
      ownerSide.startAfresh();
      setOwner({ stage: "done" });
      narrator.note({
        part: "owner",
        text: "Set-up is done; the phone watches the device through the broker.",
        tone: "good",
      });
      judge.setUp();
    } catch (error) {
      setUpFailed(error);
    }
  }

  function setUpFailed(error: unknown): void {
    const { event, refused, text, reason } = adviceFor(error);
    const tone = refused ? "refused" : "plain";
    narrator.note({ part: "owner", text: event, detail: text, reason, tone });
    if (error instanceof SetUpRefused && error.reason === "too-soon")
      judge.slowedDown(error.retryAfterMs);
    setOwner({ stage: "error", error: text });
  }

  async function attack(name: string): Promise<void> {
    const found = attacks.find((other) => other.name === name);
    if (!found) throw new NotNow("There is no such attack. Reload the page.");
    if (store.view().attacks.some((other) => other.running))
      throw new NotNow("One attack at a time: wait for the device's answer.");
    if (store.view().maker.publishing)
      throw new NotNow("The maker is signing a release: wait for it.");
    if (found.needs === "owner" && store.view().owner.stage !== "done")
      throw new NotNow("This attack is on a device in use. Set it up first, in the owner's tab.");
    const { title, explain } = found;
    const shown = attackView(found);
    store.emit({ type: "attack", attack: { ...shown, running: true } });
    narrator.note({ part: "attacker", text: `Tries: ${title}.`, detail: explain, tone: "plain" });
    void found.run(desk).then(
      (answer) => {
        const lastOutcome = answer.held ? "held" : "broken";
        const reason = answer.reason ? { lastReason: answer.reason } : {};
        store.emit({
          type: "attack",
          attack: { ...shown, lastAnswer: answer.saw, lastOutcome, ...reason },
        });
        narrator.answered(found, answer);
      },
      (error) => {
        const lastAnswer = adviceFor(error).text;
        store.emit({ type: "attack", attack: { ...shown, lastAnswer } });
        narrator.note({
          part: "attacker",
          text: "Could not try it.",
          detail: lastAnswer,
          tone: "plain",
        });
      },
    );
  }

  async function switchLamp(on: boolean): Promise<void> {
    if (store.view().unit.availability === "offline")
      throw new NotNow("The device is offline. Give it power and network, then try again.");
    await desk.owner.command(papers.id, `page-${Date.now()}`, { lamp: on });
    narrator.note({
      part: "owner",
      text: `The owner's phone asks for the lamp to be ${on ? "on" : "off"}.`,
      tone: "plain",
    });
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
        if (action.in === desk.radio.upstream) return;
        desk.radio.setUpstream(action.in);
        setUnit({ cable: action.in });
        return narrator.cable(action.in);
      case "cover":
        return store.emit({ type: "set", parts: { label: labelView(desk, action.covered) } });
      case "set-up":
        if (["finding", "proving", "joining"].includes(store.view().owner.stage))
          throw new NotNow("Set-up is under way already: wait for it.");
        return void setUp(action);
      case "lamp":
        return switchLamp(action.on);
      case "attack":
        return attack(action.name);
      case "clear-timeline":
        return store.emit({ type: "timeline-cleared" });
      case "publish":
      case "halt":
        return makerSide.act(action);
      default:
        return ownerSide.act(action);
    }
  }

  return {
    view: store.view,
    subscribe: store.subscribe,
    close: () => stopWatching.forEach((stop) => void stop()),
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

/** What the owner's phone sees in the air and knows the password of. */
const networks = (): DeskView["owner"]["networks"] => [{ ssid: home.ssid, saved: true }];

const attackView = ({ name, guideline, title, explain }: Attack): AttackView => ({
  name,
  guideline,
  title,
  explain,
  running: false,
});

function firstView(desk: Desk): DeskView {
  const { unit, papers, radio } = desk;
  return {
    unit: {
      name: product.name,
      serial: formatSerial(papers.serial),
      powered: unit.state !== "off",
      booting: false,
      lamp: unit.lamp,
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
    attacks: attacks.filter(({ guideline }) => desk.updating || guideline !== 3).map(attackView),
    owner: { stage: desk.owned() ? "done" : "label", networks: networks() },
    rights: freshRights(),
    maker: freshMaker(desk),
  };
}
