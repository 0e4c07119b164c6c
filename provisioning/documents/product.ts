/**
 * The one source of every date, contact and promise: `device/about/product.json`, read strictly.
 * Each document is a function of it.
 */
import { Fault } from "../fault.ts";

export interface Product {
  /** True for the reference product: nothing that says so may ship. */
  readonly sample: boolean;
  readonly name: string;
  readonly model: string;
  readonly maker: string;
  readonly address: string;
  readonly website: string;
  /** A URI: `mailto:` or `https:`. */
  readonly securityContact: string;
  readonly disclosurePolicy: string;
  readonly supportPage: string;
  readonly privacyContact: string;
  /** Days, YYYY-MM-DD. */
  readonly supportStart: string;
  readonly supportEnd: string;
  readonly firstSupplied: string;
  /** Of the documents' wording; raised by whoever changes it. */
  readonly documentsDate: string;
  readonly securityTxtExpires: string;
  /** Working days until a report is acknowledged. */
  readonly acknowledgeDays: number;
  /** Working days until the first judgement. */
  readonly firstAnswerDays: number;
  /** Days between status updates until a report is resolved. */
  readonly statusEveryDays: number;
  /** Days after which a weakness is published at the latest. */
  readonly disclosureDays: number;
}

const texts = ["name", "model", "maker", "address"] as const;
const links = ["website", "disclosurePolicy", "supportPage"] as const;
const contacts = ["securityContact", "privacyContact"] as const;
const days = [
  ...["supportStart", "supportEnd", "firstSupplied", "documentsDate"],
  "securityTxtExpires",
] as readonly DayField[];
const counts = ["acknowledgeDays", "firstAnswerDays", "statusEveryDays", "disclosureDays"] as const;
type DayField =
  | "supportStart"
  | "supportEnd"
  | "firstSupplied"
  | "documentsDate"
  | "securityTxtExpires";

/** Every fault of a product file, with what to do; empty for a good one. */
export function productFaults(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return ["it is not a JSON object"];
  const fields = value as Record<string, unknown>;
  const known: string[] = ["sample", ...texts, ...links, ...contacts, ...days, ...counts];
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : "");
  const found = [
    ...Object.keys(fields)
      .filter((name) => !known.includes(name))
      .map((name) => `${name}: unknown; remove it`),
    ...texts.filter((name) => text(name).trim() === "").map((name) => `${name}: give a text`),
    ...links.filter((name) => !isLink(text(name))).map((name) => `${name}: give an https: address`),
    ...contacts
      .filter((name) => !isContact(text(name)))
      .map((name) => `${name}: give a mailto: or https: address`),
    ...days.filter((name) => !isDay(text(name))).map((name) => `${name}: give a day as YYYY-MM-DD`),
    ...counts
      .filter((name) => !isCount(fields[name]))
      .map((name) => `${name}: give a whole number of days`),
  ];
  if (typeof fields.sample !== "boolean") found.push("sample: say true or false");
  if (found.length > 0) return found;
  const { supportStart, supportEnd, firstSupplied, documentsDate, securityTxtExpires } =
    value as Product;
  if (supportEnd <= supportStart) found.push("supportEnd: it must lie after supportStart");
  if (firstSupplied < supportStart)
    found.push("supportStart: support begins when the product is first supplied, or before");
  if (securityTxtExpires <= documentsDate)
    found.push("securityTxtExpires: it must lie after documentsDate");
  return found;
}

/** @throws Fault that names every field at fault. */
export function readProduct(value: unknown): Product {
  const found = productFaults(value);
  if (found.length > 0) throw new Fault(`device/about/product.json: ${found.join("; ")}`);
  return value as Product;
}

export function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function isLink(text: string): boolean {
  return /^https:\/\/[^\s]+$/.test(text) && URL.canParse(text);
}

function isContact(text: string): boolean {
  return /^mailto:[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) || isLink(text);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 366;
}

/** "31 October 2031": a day as people write it. */
export function plainDay(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** The address people see: without `mailto:`. */
export const plainContact = (contact: string) => contact.replace(/^mailto:/, "");

/** Said at the top of every document of a product that does not exist. */
export const sampleNotice = ({ sample }: Product) =>
  sample
    ? "> **Sample.** This describes a reference product that nobody sells. Names, contacts and dates are made up.\n\n"
    : "";

export const generated = (source: string) =>
  `<!-- Written by npm run documents from ${source}: change it there. -->\n`;
