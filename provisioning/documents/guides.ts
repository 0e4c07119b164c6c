/**
 * Guides for people, made from lists that tests carry out or compare: set-up with its decisions and
 * checks, deletion, updates, sensors, telemetry, resilience, roles, which rule applies.
 */
import { createHash } from "node:crypto";
import { dataMap } from "../../device/privacy/data-map.ts";
import type { Datum, Retention } from "../../device/privacy/datum.ts";
import applicability from "./data/applicability.json" with { type: "json" };
import deletion from "./data/deletion-guide.json" with { type: "json" };
import resilience from "./data/resilience.json" with { type: "json" };
import roles from "./data/roles.json" with { type: "json" };
import setUp from "./data/set-up-guide.json" with { type: "json" };
import { generated, type Product, plainContact, plainDay, sampleNotice } from "./product.ts";

const numbered = (steps: readonly { readonly text: string }[]) =>
  steps.map(({ text }, index) => `${index + 1}. ${text}`).join("\n");

export function setUpGuide(product: Product): string {
  const decisions = setUp.decisions.map((one) => `| ${one.text} | ${one.default} | ${one.where} |`);
  const checks = setUp.checks.map(({ text, expected }) => `| ${text} | ${expected} |`);
  return `${generated("provisioning/documents/data/set-up-guide.json")}# Setting up ${product.name}

${sampleNotice(product)}${numbered(setUp.steps)}

## What you may decide

| decision | as it comes | where |
|---|---|---|
${decisions.join("\n")}

Your key is the password of daily use: to change it, hand the device to another key in the app, or delete everything and set it up
again. The password on the label is used at set-up only.

## Is it set up securely?

| look at | expected |
|---|---|
${checks.join("\n")}

If one of them is not as expected: delete everything ([how](deletion-guide.md)), set it up again, and tell us
(${plainContact(product.securityContact)}) if it comes back.
`;
}

export function deletionGuide(product: Product): string {
  const journeys = deletion.journeys.map(
    ({ title, steps }) => `## ${title}\n\n${numbered(steps)}\n`,
  );
  return `${generated("provisioning/documents/data/deletion-guide.json")}# Deleting your data from ${product.name}

${sampleNotice(product)}Deleting takes a moment, needs nobody's permission, and works at any time. A test carries these steps out against a simulated device.

${journeys.join("\n")}
What stays: the device's own identity, its label's password, and counters that keep old orders and old firmware out. None of it is
about you. Questions: ${plainContact(product.privacyContact)}.
`;
}

export function updateGuide(product: Product): string {
  return `${generated("device/about/product.json")}# Updates of ${product.name}

${sampleNotice(product)}You need not do anything. The device looks for updates, checks who made them, fetches them in the background and restarts into
them between 01:00 and 05:00 UTC, never while the lamp is on. It takes a few seconds in which the lamp stays off.

- **Before**, the app shows why the update is there, what is at risk without it, and how severe that is.
- **Now**: *Install now* in the app, one tap.
- **Later**: *Not tonight*, a day at a time; up to seven days, one day for a critical one.
- **If it goes wrong**, the device goes back to what worked by itself and says why.
- Your settings, your ownership and your choices are the same afterwards.

Updates come until ${plainDay(product.supportEnd)}: [how long and why](support-policy.md).
`;
}

/** What the product senses: by the data map's fields that a sensor fills. */
export const sensors = [
  {
    capability: "climate",
    name: "climate sensor",
    senses: "temperature and humidity of the room",
    data: ["temperature", "humidity"],
  },
  {
    capability: "button",
    name: "button",
    senses: "whether it is pressed",
    data: [],
  },
] as const;

export function sensorsPage(product: Product): string {
  const rows = sensors.map(
    ({ name, senses, data }) =>
      `| ${name} | ${senses} | ${data.map((one) => `\`${one}\``).join(", ") || "nothing leaves the device"} |`,
  );
  return `${generated("provisioning/documents/guides.ts and device/privacy/data-map.ts")}# What ${product.name} can sense

${sampleNotice(product)}| sensor | senses | leaves the device as |
|---|---|---|
${rows.join("\n")}

It has no camera, no microphone, no motion or position sensor, and no Bluetooth. Its radio is used for Wi-Fi and measures nothing about you.
`;
}

/** How long a datum is kept, in words. */
export const retentionInWords: Readonly<Record<Retention, string>> = {
  ownership: "until you replace it, hand the device on, or erase it",
  newest: "the newest value only",
  journal: "the newest 24 events",
  history: "thirteen months at the service",
  quarter: "ninety days at the maker",
  answer: "until the answer has been given",
  device: "as long as the device exists; it says nothing about you",
};

export function telemetryPage(product: Product): string {
  const map: Readonly<Record<string, Datum>> = dataMap;
  const row = ([name, one]: [string, Datum]) =>
    `| \`${name}\` | ${one.type}${one.unit ? `, ${one.unit}` : ""} | to ${one.purpose} | ${one.recipient} | ${one.consent === "none" ? "always" : `only if you agree to *${one.consent}*`} | ${one.personal ? "yes" : "no"} | ${retentionInWords[one.retention]} |`;
  const sent = Object.entries(map).filter(([, { sent }]) => sent.length > 0);
  const kept = Object.entries(map).filter(([, { sent }]) => sent.length === 0);
  return `${generated("device/privacy/data-map.ts")}# Everything ${product.name} sends and keeps

${sampleNotice(product)}This list is the one the device encodes by: what is not in it cannot leave. Names of topics carry a random id and nothing else.

## Sent

| field | form | what for | who gets it | when | about you? | kept |
|---|---|---|---|---|---|---|
${sent.map(row).join("\n")}

## Kept in the device and never sent

| field | what for | about you? | kept |
|---|---|---|---|
${kept.map(([name, one]) => `| \`${name}\` | to ${one.purpose} | ${one.personal ? "yes" : "no"} | ${retentionInWords[one.retention]} |`).join("\n")}

**Security monitoring.** Security events are looked through for what deviates: on the device by its own rules, and at the broker by whoever
operates it, in order to find attacks on you and on others. They go to nobody else.
`;
}

export function resiliencePage(product: Product): string {
  const rows = resilience.map(
    ({ function: what, importance, network, outageTest }) =>
      `| ${what} | ${importance} | ${network} | \`${outageTest.file}\`: ${outageTest.title} |`,
  );
  return `${generated("provisioning/documents/data/resilience.json")}# What depends on ${product.name}, and what happens in an outage

${sampleNotice(product)}| function | how much depends on it | network | its outage is tested by |
|---|---|---|---|
${rows.join("\n")}

Services: the broker is standard MQTT and the update repository static files; both can be doubled, and a fleet that returns spreads its
calls ([brokers](../brokers.md)).
`;
}

export function rolesPage(product: Product): string {
  const { actors, guidelines, dataRoles } = roles;
  const rows = guidelines.map(
    (row) => `| ${row.n} | ${actors.map((actor) => row[actor as "retailer"]).join(" | ")} |`,
  );
  return `${generated("provisioning/documents/data/roles.json")}# Who does what

${sampleNotice(product)}| guideline | ${actors.join(" | ")} |
|---|${actors.map(() => "---|").join("")}
${rows.join("\n")}

## Who decides about data

| who gets data | role | why |
|---|---|---|
${dataRoles.map(({ recipient, role, why }) => `| ${recipient} | ${role} | ${why} |`).join("\n")}

Data about a person belong to that person as far as law lets data belong to anybody; the firmware is Apache-2.0, its platform has licences of
its own ([limits](../limits.md#licences)). White-label: who puts a name on the product is its maker, with all of the first column, whoever wrote the code.
`;
}

export function applicabilityPage(product: Product): string {
  const rows = applicability.map(({ rule, applies, why }) => `| ${rule} | ${applies} | ${why} |`);
  return `${generated("provisioning/documents/data/applicability.json")}# Which rules apply

${sampleNotice(product)}Not legal advice; check against the texts. No rule has an exemption for small or new makers here, and no profile of this project drops a mandatory item.

| rule | applies | why |
|---|---|---|
${rows.join("\n")}
`;
}

/** Which data map a screening was made for. */
export const dataMapDigest = (map: object = dataMap) =>
  createHash("sha256").update(JSON.stringify(map)).digest("hex").slice(0, 16);

/** UK GDPR article 35: whether a data protection impact assessment is needed, and when to ask again. */
export function dpiaScreening(product: Product): string {
  const map: Readonly<Record<string, Datum>> = dataMap;
  const personal = Object.entries(map).filter(([, one]) => one.personal && one.sent.length > 0);
  const asked = personal.filter(([, { consent }]) => consent !== "none");
  const sensitive = personal.filter(([, one]) => one.sensitive);
  const toMaker = personal.filter(([, { recipient }]) => recipient === "maker");
  const names = (list: readonly [string, Datum][]) =>
    list.map(([name]) => `\`${name}\``).join(", ") || "none";
  return `${generated("device/privacy/data-map.ts")}# Screening: is a data protection impact assessment needed?

${sampleNotice(product)}Of data map \`${dataMapDigest()}\`. When the map changes, this page changes with it and is due for review. Not legal advice.

| question (UK GDPR article 35, ICO's list) | answer |
|---|---|
| Personal data sent | ${names(personal)} |
| Of these by agreement only | ${names(asked)} |
| May say who is at home | ${names(sensitive)} |
| To the maker | ${names(toMaker)} |
| Special categories, criminal records | no |
| Systematic monitoring of public places | no |
| Profiling, automated decisions about people | no |
| Aimed at children | no; with the child profile on, everything optional is off |
| Large scale | for the maker of many devices: yes, for what owners agree to send |
| Matching with other sources | no |

**Result.** Presence at home can be read from lamp and climate, so a maker that receives them for many homes should carry out an assessment. As it
comes, the device sends the maker nothing of it; the owner's broker is hers.
`;
}
