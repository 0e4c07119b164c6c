/**
 * What the page knows about the desk. `DeskView` is a whole snapshot, sent when a page connects;
 * after it only `DeskEvent`s travel, and `applyEvent` (reduce.ts) folds them on both sides. All of
 * it is JSON. Times are Unix milliseconds of the desk's clock.
 *
 * No secret but the label's is part of this, and that one only while the label is not covered.
 */
import type { GuidelineNumber } from "./guidelines.ts";
import type { MakerAction, MakerView } from "./maker.ts";
import type { RightsAction, RightsView } from "./rights.ts";

/** `set-up`: the set-up window is open. `claimed`: it has an owner. */
export type Life = "new" | "set-up" | "claimed";

/** Engine heap in bytes above the loaded code, and the limit at which the device would reset. */
export interface HeapView {
  slots: number;
  chunks: number;
  limit: number;
}

export interface UnitView {
  /** Product name, e.g. "Thirteen Lamp". */
  name: string;
  serial?: string;
  powered: boolean;
  booting: boolean;
  lamp: boolean;
  buttonDown: boolean;
  /** The access point's cable to the world. */
  cable: boolean;
  wifi: "off" | "joining" | "joined" | "failed";
  life: Life;
  /** The device has a verified, encrypted connection to its broker. */
  connected: boolean;
  /** What the broker last heard of the unit. */
  availability: "online" | "offline" | "unknown";
  engine: "node" | "xs";
  /** `null` where the engine has no measured heap. */
  heap: HeapView | null;
}

/** A covered label has neither picture nor password: they are not in memory to be leaked. */
export type LabelView =
  | { covered: true }
  | {
      covered: false;
      /** A whole SVG document, shown as an image. */
      svg: string;
      /** As printed, `XXXX-XXXX-XXXX-XXXX`; what the owner's phone reads when it scans the label. */
      password: string;
    };

export interface Light {
  guideline: GuidelineNumber;
  title: string;
  /** `grey`: not shown yet. `green`: the running device has just shown it. `red`: it broke it. */
  state: "grey" | "green" | "red";
  /** One sentence: what happened on this desk. */
  what?: string;
  when?: number;
  /** The test that holds the promise for good, e.g. "test/rooms/access.suite.ts: a wrong password". */
  test?: string;
}

export interface TimelineEntry {
  id: number;
  atMs: number;
  /** Who speaks, e.g. "device", "owner", "attacker", "broker", "board". The filter is made of these. */
  part: string;
  /** One plain sentence. */
  text: string;
  /** More, for who asks. */
  detail?: string;
  /** The refusal's or failure's reason as the code names it, e.g. "wrong-proof". */
  reason?: string;
  tone: "plain" | "good" | "refused" | "bad";
}

export interface Climate {
  /** Degrees Celsius. */
  temperature: number;
  /** Relative humidity, per cent. */
  humidity: number;
}

export interface Report {
  atMs: number;
  /** Of the room; absent while the owner has not agreed that it is sent. */
  climate?: Climate;
  lamp: boolean;
}

export interface WireEntry {
  id: number;
  atMs: number;
  /** Seen from the board. */
  direction: "out" | "in";
  kind: "connection" | "message";
  peer: string;
  topic?: string;
  /** Names from the data map, never values. */
  fields?: readonly string[];
  bytes: number;
  outcome: "encrypted" | "refused" | "unanswered";
  reason?: string;
}

export interface Partition {
  name: string;
  /** Bytes from the start of the flash. */
  offset: number;
  size: number;
}

export interface FlashOperation {
  atMs: number;
  kind: "write" | "erase";
  offset: number;
  length: number;
  /** The power was cut before, during or after this operation. */
  cut?: "before" | "during" | "after";
}

export interface FlashView {
  size: number;
  partitions: readonly Partition[];
  /** Oldest first. */
  operations: readonly FlashOperation[];
}

export interface AttackView {
  /** Key of the scenario, lower-case letters, digits and dashes. */
  name: string;
  guideline: GuidelineNumber;
  title: string;
  /** What the attacker does, one or two sentences. */
  explain: string;
  running: boolean;
  /** What the device did, one sentence. */
  lastAnswer?: string;
  /** The reason as the code names it. */
  lastReason?: string;
  /**
   * `held`: the promise held. `broken`: the attack got through. Without it the attack could not be
   * tried, and `lastAnswer` says what is missing.
   */
  lastOutcome?: "held" | "broken";
}

/** A Wi-Fi network in reach of the owner's phone. */
export interface Network {
  ssid: string;
  /** The phone knows its password, so the page need not (and never gets it). */
  saved: boolean;
}

export interface OwnerView {
  /** `label` waits for the owner; the next three are steps of set-up; `error` says what to do. */
  stage: "label" | "finding" | "proving" | "joining" | "done" | "error";
  error?: string;
  networks: readonly Network[];
}

export interface DeskView {
  unit: UnitView;
  label: LabelView;
  /** All thirteen, in order. */
  lights: readonly Light[];
  /** Newest first. */
  timeline: readonly TimelineEntry[];
  /** Newest first. */
  reports: readonly Report[];
  /** Newest first. */
  wire: readonly WireEntry[];
  flash: FlashView;
  attacks: readonly AttackView[];
  owner: OwnerView;
  rights: RightsView;
  maker: MakerView;
}

/**
 * `view` replaces everything, `set` replaces the named parts, `light` and `attack` replace one of a
 * kind, the others add one item to a list or empty it.
 */
export type DeskEvent =
  | { type: "view"; view: DeskView }
  | {
      type: "set";
      parts: Partial<Pick<DeskView, "unit" | "label" | "owner" | "reports" | "rights" | "maker">>;
    }
  | { type: "light"; light: Light }
  | { type: "attack"; attack: AttackView }
  | { type: "timeline"; entry: TimelineEntry }
  | { type: "timeline-cleared" }
  | { type: "report"; report: Report }
  | { type: "wire"; entry: WireEntry }
  | { type: "flash"; operation: FlashOperation };

/** What a visitor can do. Each is carried out by the scenario of the same name that tests call. */
export type DeskAction =
  | { type: "plug" }
  | { type: "unplug" }
  | { type: "press" }
  | { type: "release" }
  | { type: "cable"; in: boolean }
  | { type: "cover"; covered: boolean }
  /** Without `wifiPassword` the phone uses the one it has saved for the network. */
  | { type: "set-up"; password: string; ssid: string; wifiPassword?: string }
  | { type: "lamp"; on: boolean }
  | { type: "attack"; name: string }
  | { type: "clear-timeline" }
  | RightsAction
  | MakerAction;

/** `message` says what to do. */
export type ActionResult = { ok: true } | { ok: false; message: string };

/** The desk as the server sees it. */
export interface Desk {
  view(): DeskView;
  /** Calls `listener` with every event, synchronously. Returns the way to stop. */
  subscribe(listener: (event: DeskEvent) => void): () => void;
  /** Resolves when the action is taken up; what it leads to arrives as events. */
  act(action: DeskAction): Promise<ActionResult>;
}
