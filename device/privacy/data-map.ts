/**
 * Every datum that the device can hold or send, declared once (EN 303 645 5.8-3, 6-1). What is not in
 * here has no way out and no place in the owner's area: the types of `Report` and `OwnerRecord` are made
 * from the map, and `declared` and `owner-records.ts` keep the same at run time. The privacy notice, the
 * record of processing and the screening are made from it too (`npm run documents`).
 */
import { channelOf, type MessageKind } from "../link/outbox.ts";
import type { Datum, Purpose } from "./datum.ts";

/** Security events to the owner: without them an attack on her device would be known to nobody. */
const event = {
  basis: "legitimate-interests",
  recipient: "owner",
  retention: "journal",
  personal: false,
  consent: "none",
  held: "system/journal",
  sent: ["event", "sight"],
} as const satisfies Partial<Datum>;

const update = { ...event, held: "system/update", sent: ["event"] } as const;

/** What the owner gave at set-up; shown to nobody but her, when she asks. */
const given = {
  basis: "contract",
  recipient: "owner",
  retention: "ownership",
  personal: true,
  consent: "none",
  held: "owner/claim",
  sent: ["sight"],
} as const satisfies Partial<Datum>;

/** Of the answer itself, and of nobody. */
const answer = {
  ...given,
  held: "memory",
  personal: false,
  basis: "not-personal",
  retention: "answer",
} as const;

const choice = { ...given, basis: "legitimate-interests", held: "owner/consent" } as const;

const climate = {
  type: "number",
  purpose: "show the owner the climate of the room, now and over time",
  basis: "consent",
  recipient: "owner",
  retention: "history",
  personal: true,
  sensitive: true,
  consent: "climate",
  held: "memory",
  sent: ["state"],
} as const satisfies Datum;

/** Once a day, summed up on the device: no single event and no time of day (EN 303 645 6-4). */
const diagnostic = {
  type: "number",
  basis: "consent",
  recipient: "maker",
  retention: "quarter",
  personal: true,
  consent: "diagnostics",
  held: "memory",
  sent: ["diagnostics"],
} as const satisfies Partial<Datum>;

const homeAssistant = {
  type: "string",
  basis: "consent",
  recipient: "home-assistant",
  retention: "newest",
  personal: false,
  consent: "home-assistant",
  held: "memory",
} as const satisfies Partial<Datum>;

/** What keeps the device itself safe, whoever owns it. */
const own = {
  type: "bytes",
  basis: "not-personal",
  recipient: "nobody",
  retention: "device",
  personal: false,
  consent: "none",
  sent: [],
} as const satisfies Partial<Datum>;

export const dataMap = {
  lamp: {
    type: "boolean",
    purpose: "show the owner whether the lamp is on",
    basis: "contract",
    recipient: "owner",
    retention: "newest",
    personal: true,
    sensitive: true,
    consent: "none",
    held: "memory",
    sent: ["state"],
  },
  temperature: { ...climate, unit: "°C" },
  humidity: { ...climate, unit: "fraction of 1" },

  event: { ...event, type: "string", purpose: "tell the owner of attacks and faults" },
  reason: { ...event, type: "string", purpose: "say why the event happened" },
  at: { ...event, type: "number", unit: "seconds since 1970", purpose: "say when it happened" },
  sequence: { ...event, type: "number", purpose: "show that an event is missing" },
  times: { ...event, type: "number", purpose: "say how many alike were counted" },
  after: { ...event, type: "number", purpose: "name the event before: one taken out shows" },
  prev: { ...event, type: "string", purpose: "repeat the mark of the event before" },
  mark: { ...event, type: "string", purpose: "show that nobody has changed the event" },
  age: {
    ...event,
    type: "number",
    unit: "s",
    held: "memory",
    retention: "newest",
    sent: ["state", "event", "diagnostics"],
    purpose: "say how long a report had to wait for the network",
  },
  id: { ...update, type: "string", purpose: "name the command that an event answers" },
  version: { ...update, type: "string", purpose: "say which firmware an update is about" },
  severity: { ...update, type: "string", purpose: "say how urgent an update is" },
  why: { ...update, type: "string", purpose: "say what an update is for, in the maker's words" },
  risk: { ...update, type: "string", purpose: "say what is at risk without the update" },

  request: {
    ...event,
    type: "string",
    held: "system/wipe",
    retention: "answer",
    purpose: "ask the services to erase what they hold, and know their answer",
  },
  receipt: {
    ...event,
    type: "string",
    held: "system/wipe",
    retention: "answer",
    purpose: "prove to who owned the device that it has forgotten",
  },

  ssid: { ...given, type: "string", recipient: "router", purpose: "join the owner's Wi-Fi" },
  wifiPassword: {
    ...given,
    type: "string",
    recipient: "router",
    purpose: "join the owner's Wi-Fi",
    sent: [],
  },
  quiet: {
    ...given,
    type: "string",
    purpose: "restart into an update when it disturbs nobody",
    held: "owner/quiet-hours",
  },
  broker: { ...given, type: "string", purpose: "reach the service the owner chose" },
  key: { ...given, type: "string", purpose: "know the owner's orders from a stranger's" },
  part: {
    ...answer,
    type: "string",
    purpose: "name a part of the answer about what is held",
  },
  parts: {
    ...answer,
    type: "number",
    purpose: "say how many parts the answer has",
  },
  disclosure: {
    ...answer,
    type: "string",
    purpose: "tell the owner where to report a weakness of the device",
  },
  child: { ...choice, type: "boolean", purpose: "keep everything optional off for a child" },
  agreedTo: { ...choice, type: "string", purpose: "prove what the owner said yes or no to" },
  granted: { ...choice, type: "boolean", purpose: "prove whether it was yes or no" },
  notice: { ...choice, type: "number", purpose: "prove which privacy notice was in force" },
  decidedAt: {
    ...choice,
    type: "number",
    unit: "seconds since 1970",
    purpose: "prove when the choice was made",
  },
  since: {
    ...choice,
    type: "number",
    held: "owner/custody",
    purpose: "show an owner nothing of what was before her",
  },

  firmware: { ...diagnostic, type: "string", purpose: "see which release has a fault" },
  hours: { ...diagnostic, unit: "hours", purpose: "see whether devices restart too often" },
  memory: { ...diagnostic, unit: "KiB", purpose: "see whether memory runs short" },
  refusals: { ...diagnostic, purpose: "see whether many devices are attacked at once" },
  anomalies: { ...diagnostic, purpose: "see which attacks devices answered by themselves" },
  dropped: { ...diagnostic, purpose: "see whether messages are lost in outages" },

  announcement: {
    ...homeAssistant,
    sent: ["discovery"],
    purpose: "let the owner's Home Assistant find the device",
  },
  installed: {
    ...homeAssistant,
    sent: ["state"],
    purpose: "show in Home Assistant which firmware runs",
  },
  offered: {
    ...homeAssistant,
    sent: ["state"],
    held: "system/update",
    purpose: "show in Home Assistant which firmware is offered",
  },

  ownerAreaKey: { ...own, held: "system/owner-key", purpose: "seal what the owner gave" },
  claimedMark: {
    ...own,
    held: "system/claimed",
    purpose: "notice that what the owner gave was damaged",
  },
  orderCounter: { ...own, held: "system/order-counter", purpose: "obey no order twice" },
  lockOut: { ...own, held: "system/lock-out", purpose: "slow down whoever guesses the password" },
  timeFloor: { ...own, held: "system/time-floor", purpose: "believe no clock that goes back" },
  updateState: { ...own, held: "system/update", purpose: "install updates and never an older one" },
  heir: {
    ...own,
    held: "system/heir",
    purpose: "let only the next owner claim a device handed on",
  },
  serial: { ...own, held: "factory/serial", purpose: "match the device with its label" },
  unitId: { ...own, held: "factory/id", purpose: "name the device on the network, at random" },
  verifier: { ...own, held: "factory/verifier", purpose: "check the label's password" },
  identity: { ...own, held: "factory/cert", purpose: "prove to the broker which device it is" },
  deviceKey: { ...own, held: "factory/key", purpose: "prove to the broker which device it is" },
  anchors: { ...own, held: "factory/anchor", purpose: "know the broker from an impostor" },
} as const satisfies Record<string, Datum>;

export type DatumName = keyof typeof dataMap;

type Entry<Name extends DatumName> = (typeof dataMap)[Name];

/** Records of the owner's area: those the map names, and no other. */
export type OwnerRecord = {
  [Name in DatumName]: Entry<Name>["held"] extends `owner/${infer Record}` ? Record : never;
}[DatumName];

interface Types {
  readonly boolean: boolean;
  readonly number: number;
  readonly string: string;
  readonly bytes: never;
}

type Sendable = {
  [Name in DatumName]: Entry<Name>["sent"] extends readonly [] ? never : Name;
}[DatumName];

/** What may be published: names from the map that are sent at all, each with the map's type. */
export type Report = { readonly [Name in Sendable]?: Types[Entry<Name>["type"]] };

/**
 * The type system's promise, kept at run time too: drops what the map does not hold, what does not leave
 * by this kind of message, and what nobody has agreed to.
 */
export function declared(
  kind: MessageKind,
  report: Report,
  permits: (purpose: Purpose) => boolean,
): Report {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(report)) {
    if (!Object.keys(dataMap).includes(name)) continue;
    const datum: Datum = dataMap[name as DatumName];
    if (typeof value !== datum.type || !datum.sent.includes(channelOf(kind))) continue;
    if (datum.consent === "none" || permits(datum.consent)) kept[name] = value;
  }
  return kept as Report;
}
