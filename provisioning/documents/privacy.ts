/**
 * Privacy notice, record of processing and the schema of an export, made from the data map (EN 303 645
 * 6-1, 6-5; UK GDPR articles 13 and 30). Their dates are a person's to set: when the map changes, the
 * review is due, and a test says so until `npm run documents -- --reviewed YYYY-MM-DD`.
 */
import { createHash } from "node:crypto";
import { type DatumName, dataMap } from "../../device/privacy/data-map.ts";
import { type Datum, purposes } from "../../device/privacy/datum.ts";
import { mirrors } from "../../device/update/endpoint.ts";
import {
  bases,
  inGerman,
  type Language,
  purposeWords,
  recipients,
  retentions,
} from "./privacy-words.ts";
import { type Product, plainContact, sampleNotice } from "./product.ts";

export interface Review {
  /** Version of the notice, as the device records it with each choice. */
  readonly notice: number;
  /** Day on which notice and screening were last looked at, YYYY-MM-DD. */
  readonly reviewed: string;
  /** `mapDigest()` on that day. */
  readonly map: string;
}

const entries = Object.entries(dataMap) as [DatumName, Datum][];

/** SHA-256 of the map in one spelling, lower-case hex. */
export function mapDigest(map: Readonly<Record<string, Datum>> = dataMap): string {
  const sorted = Object.keys(map)
    .sort()
    .map((name) => [name, Object.entries(map[name] as Datum).sort()]);
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}

/** What is due when the map is not the one that was looked at; undefined when nothing is. */
export function overdue(review: Review, noticeVersion: number, digest = mapDigest()) {
  if (review.map !== digest)
    return "The data map has changed since the privacy notice and the DPIA screening were reviewed. Read both, then: npm run documents -- --reviewed YYYY-MM-DD";
  if (review.notice !== noticeVersion)
    return "docs/privacy/review.json and device/privacy/notice.ts name different notices.";
  return undefined;
}

const text = {
  en: {
    title: "Privacy notice",
    who: "Who is responsible",
    responsible: (product: Product) =>
      `${product.maker}, ${product.address}, for what is sent to the maker. Whoever runs the message service (broker) named at set-up handles your messages on your behalf. Your questions and rights: ${plainContact(product.privacyContact)}. You can complain to the Information Commissioner (ico.org.uk).`,
    short: "In short",
    inShort: [
      "Without your agreement the device sends whether its lamp is on, and security events, to you. Nothing else.",
      "It is not sold, not used for advertising, and not used to decide anything about you.",
      "What is sent is encrypted on the way; nobody can read it between the device and the broker.",
      "You can see, take out, and erase all of it at any time; withdrawing is as easy as agreeing.",
    ],
    choices: "What only happens if you agree",
    head: "| datum | what for | by what right | who gets it | how long |",
    sent: "What is sent",
    held: "What is only kept in the device",
    where: "Where the device connects to",
    destinations: (updates: string) =>
      `The broker you named at set-up; and ${updates}, the maker's server for updates, which learns nothing but that some device asked. Nobody else.`,
    rights: "What you can do",
    can: [
      "**See and take out**: in the app, *What is held*, and *Export* (format: `docs/privacy/export.schema.json`).",
      "**Agree and withdraw**: in the app, one switch a purpose. What waits is dropped and the services erase.",
      "**Erase**: hold the button until the lamp blinks (six seconds) and on until it stays lit (ten), then let go. Or in the app: *Erase everything*, or *Hand on*.",
      "**For a child**: switch the child profile on; everything above stays off.",
      "**Children**: the lamp can be lit without telling anybody anything. Ask a grown-up before you switch something on in the app.",
    ],
    to: (purpose: string) => `to ${purpose}`,
    review: ({ notice, reviewed }: Review) =>
      `Notice ${notice}, of ${reviewed}. Not legal advice: have it checked before you sell anything.`,
  },
  de: {
    title: "Datenschutzerklärung",
    who: "Wer verantwortlich ist",
    responsible: (product: Product) =>
      `${product.maker}, ${product.address}, für alles, was an den Hersteller geht. Wer den bei der Einrichtung genannten Nachrichtendienst (Broker) betreibt, verarbeitet Ihre Meldungen in Ihrem Auftrag. Fragen und Rechte: ${plainContact(product.privacyContact)}. Sie können sich bei Ihrer Datenschutzbehörde beschweren.`,
    short: "Kurz gesagt",
    inShort: [
      "Ohne Ihre Zustimmung meldet das Gerät Ihnen, ob die Lampe an ist, und Sicherheitsereignisse. Sonst nichts.",
      "Nichts wird verkauft, nichts dient der Werbung, nichts entscheidet über Sie.",
      "Was gesendet wird, ist unterwegs verschlüsselt; zwischen Gerät und Broker kann es niemand lesen.",
      "Sie können alles jederzeit ansehen, mitnehmen und löschen; widerrufen ist so einfach wie zustimmen.",
    ],
    choices: "Was nur geschieht, wenn Sie zustimmen",
    head: "| Angabe | wofür | mit welchem Recht | wer sie bekommt | wie lange |",
    sent: "Was gesendet wird",
    held: "Was nur im Gerät bleibt",
    where: "Wohin sich das Gerät verbindet",
    destinations: (updates: string) =>
      `Zum Broker, den Sie bei der Einrichtung genannt haben, und zu ${updates}, dem Update-Server des Herstellers, der nur erfährt, dass irgendein Gerät gefragt hat. Zu sonst niemandem.`,
    rights: "Was Sie tun können",
    can: [
      "**Ansehen und mitnehmen**: in der App *Was gespeichert ist* und *Exportieren* (Format: `docs/privacy/export.schema.json`).",
      "**Zustimmen und widerrufen**: in der App, ein Schalter je Zweck. Was wartet, wird verworfen, und die Dienste löschen.",
      "**Löschen**: den Taster halten, bis die Lampe blinkt (sechs Sekunden), und weiter, bis sie leuchtet (zehn), dann loslassen. Oder in der App: *Alles löschen* oder *Weitergeben*.",
      "**Für ein Kind**: das Kinderprofil einschalten; alles Freiwillige bleibt aus.",
      "**Für Kinder**: Die Lampe geht an, ohne jemandem etwas zu verraten. Frag einen Erwachsenen, bevor du in der App etwas einschaltest.",
    ],
    to: (purpose: string) => purpose,
    review: ({ notice, reviewed }: Review) =>
      `Fassung ${notice}, vom ${reviewed}. Keine Rechtsberatung: vor dem Verkauf prüfen lassen.`,
  },
} as const;

const marked = `<!-- Written by npm run documents from device/privacy/data-map.ts: change it there. -->\n`;
const bullets = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");

export function privacyNotice(product: Product, review: Review, language: Language): string {
  const words = text[language];
  const row = ([name, datum]: [DatumName, Datum]) => {
    const { purpose, basis, recipient, retention } = datum;
    const what = language === "en" ? words.to(purpose) : inGerman[name];
    return `| \`${name}\` | ${what} | ${bases[basis][language]} | ${recipients[recipient][language]} | ${retentions[retention][language]} |`;
  };
  const table = (some: readonly [DatumName, Datum][]) =>
    [words.head, "|---|---|---|---|---|", ...some.map(row)].join("\n");
  const needed = entries.filter(([, { sent, consent }]) => sent.length > 0 && consent === "none");
  const kept = entries.filter(([, { sent }]) => sent.length === 0);
  const optional = purposes.map((purpose) => {
    const some = entries.filter(([, { consent }]) => consent === purpose);
    return `### ${purposeWords[purpose][language]}\n\n${table(some)}`;
  });
  const updates = mirrors.map(({ host }) => `\`${host}\``).join(", ");
  return `${marked}# ${words.title}: ${product.name}

${sampleNotice(product)}${words.review(review)}

## ${words.short}

${bullets(words.inShort)}

## ${words.choices}

${optional.join("\n\n")}

## ${words.sent}

${table(needed)}

## ${words.held}

${table(kept)}

## ${words.where}

${words.destinations(updates)}

## ${words.rights}

${bullets(words.can)}

## ${words.who}

${words.responsible(product)}
`;
}

/** UK GDPR article 30(1): one line a purpose and recipient. */
export function recordOfProcessing(product: Product, review: Review): string {
  const personal = entries.filter(([, { personal }]) => personal);
  const rows = personal.map(
    ([name, { purpose, basis, recipient, retention, consent, held, sent }]) =>
      `| \`${name}\` | ${purpose} | ${basis} | ${consent} | ${recipient} | ${retentions[retention].en} | ${held} | ${sent.join(", ") || "never"} |`,
  );
  return `${marked}# Record of processing: ${product.name}

${sampleNotice(product)}Controller: ${product.maker}, ${product.address}; ${plainContact(product.privacyContact)}. Reviewed ${review.reviewed}.
People: owners of devices and those who live with them. Transfers to third countries: none by the device; the broker is the owner's choice.
Security: TLS with certificates at both ends, sealed owner area, erasure by key and flash ([threat model](../threat-model.md)).

| datum | purpose | basis | consent | recipient | retention | held | sent by |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

const string = { type: "string" } as const;
const number = { type: "number" } as const;
const boolean = { type: "boolean" } as const;

const object = (properties: object, optional: readonly string[] = []) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

/** JSON Schema 2020-12 of what the owner's app exports. */
export function exportSchema(): string {
  const choice = object(
    { purpose: { enum: purposes }, granted: boolean, notice: number, decidedAt: number },
    ["notice", "decidedAt"],
  );
  const links = { after: number, prev: string, mark: string };
  const event = object(
    { sequence: number, at: number, event: string, reason: string, times: number, ...links },
    ["reason", "times", ...Object.keys(links)],
  );
  const list = (items: object) => ({ type: "array", items });
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Everything of an owner's device",
    ...object({
      format: { const: "thirteen-export-1" },
      made: string,
      unit: string,
      notice: number,
      device: object({
        owner: object({ key: string, ssid: string, broker: string, child: boolean }),
        choices: list(choice),
        events: list(event),
      }),
      accounts: list(string),
      services: list(object({ topic: string, at: string, body: { type: "object" } })),
    }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

export function privacyDocuments(product: Product, review: Review): Record<string, string> {
  return {
    "docs/privacy/notice.en.md": privacyNotice(product, review, "en"),
    "docs/privacy/notice.de.md": privacyNotice(product, review, "de"),
    "docs/privacy/record-of-processing.md": recordOfProcessing(product, review),
    "docs/privacy/export.schema.json": exportSchema(),
  };
}
