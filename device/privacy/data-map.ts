/**
 * Every datum that leaves the device, declared once (EN 303 645 5.8-3, 6.1). The publisher's argument
 * type is made from this map: what is not in it has no way out.
 */
export interface Datum {
  readonly type: "boolean" | "number" | "string";
  readonly unit?: string;
  readonly purpose: string;
  readonly recipient: "owner";
  readonly personal: boolean;
}

export const dataMap = {
  lamp: {
    type: "boolean",
    purpose: "show the owner whether the lamp is on",
    recipient: "owner",
    personal: true,
  },
  temperature: {
    type: "number",
    unit: "°C",
    purpose: "show the owner the climate of the room",
    recipient: "owner",
    personal: true,
  },
  humidity: {
    type: "number",
    unit: "fraction of 1",
    purpose: "show the owner the climate of the room",
    recipient: "owner",
    personal: true,
  },
  event: {
    type: "string",
    purpose: "tell the owner of attacks on the device and of its faults",
    recipient: "owner",
    personal: false,
  },
  reason: {
    type: "string",
    purpose: "say why the event happened",
    recipient: "owner",
    personal: false,
  },
  at: {
    type: "number",
    unit: "seconds since 1970",
    purpose: "say when the event happened",
    recipient: "owner",
    personal: false,
  },
  sequence: {
    type: "number",
    purpose: "show a missing event",
    recipient: "owner",
    personal: false,
  },
  age: {
    type: "number",
    unit: "s",
    purpose: "say how long a report had to wait for the network",
    recipient: "owner",
    personal: false,
  },
  times: {
    type: "number",
    purpose: "say how many alike were counted",
    recipient: "owner",
    personal: false,
  },
  id: {
    type: "string",
    purpose: "name the command that an event answers",
    recipient: "owner",
    personal: false,
  },
  version: {
    type: "string",
    purpose: "say which firmware an update event is about",
    recipient: "owner",
    personal: false,
  },
  severity: {
    type: "string",
    purpose: "say how urgent an update is: routine, important or critical",
    recipient: "owner",
    personal: false,
  },
  why: {
    type: "string",
    purpose: "say what an update is for, in the maker's words",
    recipient: "owner",
    personal: false,
  },
  risk: {
    type: "string",
    purpose: "say what is at risk without an update, in the maker's words",
    recipient: "owner",
    personal: false,
  },
} as const satisfies Record<string, Datum>;

export type DatumName = keyof typeof dataMap;

interface Types {
  readonly boolean: boolean;
  readonly number: number;
  readonly string: string;
}

/** What may be published: names from the map, each with the map's type. */
export type Report = { readonly [Name in DatumName]?: Types[(typeof dataMap)[Name]["type"]] };

/** The type system's promise, kept at run time too: drops what the map does not hold. */
export function declared(report: Report): Report {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(report)) {
    const known = Object.keys(dataMap).includes(name);
    if (known && typeof value === dataMap[name as DatumName].type) kept[name] = value;
  }
  return kept as Report;
}
