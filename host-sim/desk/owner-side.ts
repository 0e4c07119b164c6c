/**
 * The owner's rights at the page: consent, sight, export, hand-over, erasure, update notes. Each is the
 * owner's app doing what the tests of `test/privacy` have it do; the page shows what the device answers.
 */
import { randomBytes } from "node:crypto";
import { fromBase64url, toBase64url } from "../../device/platform/encoding.ts";
import { dataMap } from "../../device/privacy/data-map.ts";
import { type Datum, isPurpose, type Purpose, purposes } from "../../device/privacy/datum.ts";
import {
  purposeWords,
  recipients,
  retentions,
} from "../../provisioning/documents/privacy-words.ts";
import { exportOf } from "../owner/export.ts";
import { ownerPublicKey } from "../owner/jws-signer.ts";
import { readReceipt } from "../owner/receipt.ts";
import type { Sight } from "../owner/sight.ts";
import type {
  ChoiceView,
  FlowView,
  ReceiptView,
  RightsAction,
  RightsView,
  SightView,
  UpdateNote,
} from "../panel/rights.ts";
import type { ViewStore } from "../panel/view-store.ts";
import { NotNow } from "../scenario/scenario.ts";
import type { Desk } from "./desk.ts";
import type { Judge } from "./judge.ts";
import type { Narrator } from "./narrator.ts";
import { journalInWords } from "./sentences.ts";

const answerMs = 20_000;

/** The owner's phone, and the service that keeps her history, at the broker. */
export async function connectHousehold(desk: Desk): Promise<void> {
  await desk.connectOwner();
  await desk.connectKeeper();
}

const titles: Readonly<Record<Purpose, string>> = {
  climate: "Climate",
  diagnostics: "Diagnostics",
  "home-assistant": "Home Assistant",
};

const asSentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

const flowsWhere = (accept: (datum: Datum) => boolean): FlowView[] =>
  Object.entries<Datum>(dataMap)
    .filter(([, datum]) => datum.sent.length > 0 && accept(datum))
    .map(([name, { purpose, recipient, retention }]) => ({
      name,
      purpose,
      recipient: recipients[recipient].en,
      retention: retentions[retention].en,
    }));

/** Of an owner who has not been asked anything yet. */
export const freshRights = (): RightsView => ({
  choices: purposes.map((purpose) => ({
    purpose,
    title: titles[purpose],
    explain: asSentence(purposeWords[purpose].en),
    flows: flowsWhere(({ consent }) => consent === purpose),
    granted: false,
  })),
  looking: false,
  heir: toBase64url(ownerPublicKey(randomBytes(32))),
});

type Body = Readonly<Record<string, unknown>>;

export class OwnerSide {
  readonly #desk: Desk;
  readonly #store: ViewStore;
  readonly #narrator: Narrator;
  readonly #judge: Judge;
  /** A phone that is opened again knows nothing of what it was told before. */
  #choicesKnown: boolean;

  constructor(desk: Desk, store: ViewStore, narrator: Narrator, judge: Judge) {
    this.#desk = desk;
    this.#store = store;
    this.#narrator = narrator;
    this.#judge = judge;
    this.#choicesKnown = !desk.owned();
  }

  /** Starts to listen; the result stops it. */
  watch(): () => void {
    const { owner } = this.#desk;
    const heard = (_: string, topic: string, body: unknown) => this.#heard(topic, body);
    owner.on("message", heard);
    return () => void owner.off("message", heard);
  }

  /** A new owner, or none: nothing is agreed to, and nothing of before is shown. A receipt comes after. */
  startAfresh(): void {
    this.#choicesKnown = true;
    this.#store.emit({ type: "set", parts: { rights: freshRights() } });
  }

  async act(action: RightsAction): Promise<void> {
    this.#mustBeThere();
    const { owner, papers } = this.#desk;
    switch (action.type) {
      case "consent":
        return this.#consent(action.purpose, action.granted);
      case "sight":
        return void (await this.#look());
      case "export":
        return this.#export();
      case "hand-on": {
        const key = fromBase64url(action.key);
        if (key?.length !== 32) throw new NotNow("This is not an owner's code. Scan it again.");
        return owner.handOn(papers.id, key);
      }
      case "erase-everything":
        return void (await owner.order(papers.id, { cmd: "wipe", args: {} }));
      case "update":
        return this.#wish(action.wish);
    }
  }

  #mustBeThere(): void {
    const { owner, unit } = this.#store.view();
    if (owner.stage !== "done") throw new NotNow("Set the device up first.");
    if (unit.availability !== "online")
      throw new NotNow("The device is offline. Give it power and network, then try again.");
  }

  #set(change: Partial<RightsView>): void {
    this.#store.emit({
      type: "set",
      parts: { rights: { ...this.#store.view().rights, ...change } },
    });
  }

  #choose(purpose: Purpose, change: Pick<ChoiceView, "granted" | "asked">): void {
    const choices = this.#store.view().rights.choices.map((choice) => {
      if (choice.purpose !== purpose) return choice;
      const { asked: _, ...rest } = choice;
      return { ...rest, ...change };
    });
    this.#set({ choices });
  }

  async #consent(purpose: Purpose, granted: boolean): Promise<void> {
    const { owner, papers } = this.#desk;
    this.#choose(purpose, { granted: !granted, asked: true });
    const answered = owner
      .next(
        (topic, body) =>
          topic === "event" && (refusalIn(body) || choiceIn(body)?.purpose === purpose),
        answerMs,
      )
      .then(
        (body) =>
          refusalIn(body) ? (refusals[String((body as Body).reason)] ?? refused) : undefined,
        () => unanswered,
      );
    await owner.consent(papers.id, purpose, granted);
    const trouble = await answered;
    if (trouble === undefined) return;
    this.#choose(purpose, { granted: !granted });
    throw new NotNow(trouble);
  }

  async #look(): Promise<Sight> {
    const { owner, papers, broker, keeper } = this.#desk;
    this.#set({ looking: true });
    try {
      const sight = await owner.see(papers.id, answerMs).catch(() => {
        throw new NotNow("The device did not answer in time. Try again when it is online.");
      });
      const { choices } = sight;
      this.#choicesKnown = true;
      for (const { purpose, granted } of choices) this.#choose(purpose, { granted });
      this.#set({
        sight: sightView(sight, broker.granted(papers.id), keeper.rows(papers.id).length),
      });
      return sight;
    } finally {
      this.#set({ looking: false });
    }
  }

  async #export(): Promise<void> {
    const { papers, broker, keeper, clock } = this.#desk;
    const all = exportOf({
      sight: await this.#look(),
      unit: papers.id,
      nowMs: clock.wall(),
      accounts: broker.granted(papers.id),
      rows: keeper.rows(papers.id),
    });
    const name = `thirteen-${all.made.slice(0, 10)}.json`;
    this.#set({ export: { name, text: JSON.stringify(all, undefined, 2) } });
  }

  async #wish(wish: Extract<RightsAction, { type: "update" }>["wish"]): Promise<void> {
    const { owner, papers } = this.#desk;
    await owner.wishForUpdate(papers.id, `page-${Date.now()}`, wish);
    const said = { check: "look for an update", install: "install it now", postpone: "wait a day" };
    this.#narrator.note({
      part: "owner",
      text: `The owner asks the device to ${said[wish]}.`,
      tone: "plain",
    });
  }

  #heard(topic: string, body: unknown): void {
    if (topic === "availability" && body === "online" && !this.#choicesKnown) {
      this.#choicesKnown = true;
      void this.#look().catch(() => {
        this.#choicesKnown = false;
      });
    }
    if (typeof body !== "object" || body === null) return;
    const choice = topic === "event" ? choiceIn(body) : undefined;
    if (choice) this.#choose(choice.purpose, { granted: choice.granted });
    const note = updateIn(body as Body);
    if (note) this.#updated(note);
    const { receipt } = body as Body;
    if (typeof receipt === "string") this.#receipt(receipt);
  }

  #updated(update: UpdateNote): void {
    this.#set({ update });
    if (update.state === "confirmed")
      this.#judge.light(
        3,
        true,
        `Firmware ${update.version} was verified, tried and confirmed; its owner was told why.`,
        "test/update/life.long.test.ts: node: offered, installed, confirmed; then by a delta",
      );
  }

  #receipt(text: string): void {
    const { papers, deviceAuthority } = this.#desk;
    const read = readReceipt(text, deviceAuthority.certificate, papers.id);
    const receipt: ReceiptView =
      typeof read === "string"
        ? { text, genuine: false, why: read }
        : { text, genuine: true, why: read.cause, atMs: read.iat * 1000, erased: read.erased };
    this.#set({ receipt });
    this.#judge.light(
      11,
      receipt.genuine,
      receipt.genuine
        ? "The device forgot its owner, and signed a receipt that the maker's root vouches for."
        : `The receipt of the wipe is not genuine: ${receipt.why}.`,
      "test/privacy/deletion.test.ts: by the owner's order: everything is gone, and a receipt says so",
    );
  }
}

function choiceIn(body: unknown): { purpose: Purpose; granted: boolean } | undefined {
  const { event, reason } = (body ?? {}) as Body;
  if (!isPurpose(reason)) return undefined;
  if (event === "consent-given") return { purpose: reason, granted: true };
  return event === "consent-withdrawn" ? { purpose: reason, granted: false } : undefined;
}

const refusalIn = (body: unknown): boolean => (body as Body | null)?.event === "command-refused";

const unanswered = "The device did not confirm the choice. Look at what is held, and try again.";
const refused = "The device refused the choice. What happened says why.";
const refusals: Readonly<Record<string, string>> = {
  "child-profile": "The device is used by a child: everything here stays off while that is so.",
};

const states: Readonly<Record<string, UpdateNote["state"]>> = {
  "update-offered": "offered",
  "update-waiting": "waiting",
  "update-installing": "installing",
  "update-confirmed": "confirmed",
  "update-rolled-back": "rolled-back",
};

function updateIn({ event, reason, version, severity, why, risk }: Body): UpdateNote | undefined {
  const state = typeof event === "string" ? states[event] : undefined;
  const texts = [version, severity, why, risk];
  if (state === undefined || !texts.every((text) => typeof text === "string")) return undefined;
  const note = { version, severity, why, risk, state } as UpdateNote;
  // Of an offer and a confirmation it is the version once more.
  return typeof reason === "string" && reason !== version ? { ...note, reason } : note;
}

/** A sight is sent to who asks for it, and to nobody else. */
const unasked = (channel: Datum["sent"][number]): boolean => channel !== "sight";

function sightView(sight: Sight, accounts: readonly string[], kept: number): SightView {
  const { owner, events, disclosure } = sight;
  const { ssid, broker, child } = owner;
  return {
    atMs: Date.now(),
    ssid,
    broker,
    child,
    contact: /^Contact: (?:mailto:)?(.+)$/m.exec(disclosure)?.[1] ?? "",
    events: events.map(({ at, event, reason }) => ({
      atMs: at * 1000,
      words: journalInWords(event, reason),
    })),
    accounts,
    kept,
    flows: flowsWhere(({ consent, sent }) => consent === "none" && sent.some(unasked)),
  };
}
