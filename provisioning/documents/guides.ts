/**
 * Guides for people, made from lists that tests carry out or compare: set-up with its decisions and
 * checks, deletion, updates, sensors, telemetry, resilience, roles, which rule applies.
 */
import { type Datum, dataMap } from "../../device/privacy/data-map.ts";
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

export function telemetryPage(product: Product): string {
  const map: Readonly<Record<string, Datum>> = dataMap;
  const rows = Object.entries(map).map(
    ([name, { type, unit, purpose, recipient, personal }]) =>
      `| \`${name}\` | ${type}${unit ? `, ${unit}` : ""} | ${purpose} | ${recipient} | ${personal ? "yes" : "no"} |`,
  );
  return `${generated("device/privacy/data-map.ts")}# Everything ${product.name} sends

${sampleNotice(product)}This list is the one the device encodes by: what is not in it cannot leave. Names of topics carry a random id and nothing else.

| field | form | what for | who gets it | about you? |
|---|---|---|---|---|
${rows.join("\n")}

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
