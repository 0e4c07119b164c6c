/** IXIT 2 to 6, 8, 9, 19, 21, 22, 24 to 26: documents, people, data. From product.json and data files. */
import { readFileSync } from "node:fs";
import product from "../../../device/about/product.json" with { type: "json" };
import { version } from "../../../device/about/version.ts";
import { dataMap } from "../../../device/privacy/data-map.ts";
import type { Datum } from "../../../device/privacy/datum.ts";
import { journalCapacity } from "../../../device/telemetry/journal.ts";
import deletion from "../../../provisioning/documents/data/deletion-guide.json" with {
  type: "json",
};
import setUp from "../../../provisioning/documents/data/set-up-guide.json" with { type: "json" };
import classes from "../../../provisioning/documents/data/vulnerability-classes.json" with {
  type: "json",
};
import { retentionInWords, sensors } from "../../../provisioning/documents/guides.ts";
import { components, type LockedPackage } from "../../../provisioning/documents/sbom.ts";
import { unionOf } from "./source.ts";
import type { IxitTable } from "./table.ts";

const lock = JSON.parse(
  readFileSync(new URL("../../../package-lock.json", import.meta.url), "utf8"),
) as { packages: Record<string, LockedPackage> };

export const userInfo: IxitTable = {
  id: "2",
  from: "device/about/product.json",
  rows: [
    {
      "Vulnerability disclosure policy": `${product.disclosurePolicy}; docs/product/vulnerability-disclosure.md, free and without an account`,
      "Support period": `${product.supportStart} to ${product.supportEnd}`,
      "Publication of support period": `${product.supportPage}; label; docs/product/support-policy.md`,
      "Publication of non updateable":
        "none: no part of our code is beyond updates; docs/product/support-policy.md",
      "Model designation": `${product.model}: on the label, in the support policy, in release metadata`,
      "Documentation of change mechanisms": "docs/product/set-up-guide.md",
      "Documentation of replacement": "docs/product/support-policy.md",
      "Documentation of sensors": "docs/product/sensors.md",
      "Documentation of personal data": "docs/product/telemetry.md and the privacy notice",
      "Documentation of telemetry": "docs/product/telemetry.md",
      "Documentation of deletion": "docs/product/deletion-guide.md",
      "Documentation of secure setup": "docs/product/set-up-guide.md",
      "Documentation of setup check": "docs/product/set-up-guide.md",
      "Documentation of maintenance check": "docs/product/update-guide.md",
    },
  ],
};

export const vulnTypes: IxitTable = {
  id: "3",
  from: "provisioning/documents/data/vulnerability-classes.json",
  rows: classes.map(({ id, description, components: parts, action, timeFrame }) => ({
    ID: `VulnTypes-${id}`,
    Description: `${description} (${parts.join(", ")})`,
    Action: action,
    "Time frame": timeFrame,
  })),
};

/** A tool never says yes for people. */
const unconfirmed = "not confirmed: a person of the maker signs this, or it stays INCONCLUSIVE";

export const conf: IxitTable = {
  id: "4",
  from: "nobody yet: to be signed by the maker",
  rows: [
    {
      "Vulnerability actions": unconfirmed,
      "Vulnerability monitoring": unconfirmed,
      "Update procedures": unconfirmed,
      "Secure management": unconfirmed,
      "Secure development": unconfirmed,
    },
  ],
};

export const vulnMon: IxitTable = {
  id: "5",
  from: "provisioning/documents/data/components.json",
  rows: [
    {
      ID: "VulnMon-components",
      Description:
        "the component list of each release is matched against public advisories weekly by the maker; each match gets a dated VEX decision",
    },
    {
      ID: "VulnMon-suppliers",
      Description: `advisories of ${[...new Set(components(version, lock.packages).map(({ supplier }) => supplier))].slice(1).join("; ")}`,
    },
    {
      ID: "VulnMon-reports",
      Description: `reports to ${product.securityContact.replace("mailto:", "")}`,
    },
    {
      ID: "VulnMon-fleet",
      Description: "security events that devices tell, looked through at the service",
    },
  ],
};

export const softComp: IxitTable = {
  id: "6",
  from: "package-lock.json and provisioning/documents/data/components.json",
  rows: components(version, lock.packages).map((part) => ({
    ID: `SoftComp-${part.ref}`,
    Description: `${part.role}; ${part.name} ${part.version}, ${part.supplier}`,
    "Update mechanism": part.update,
    "Cryptographic usage": part.cryptographicUse,
  })),
};

export const updProc: IxitTable = {
  id: "8",
  from: "provisioning/documents/data/vulnerability-classes.json, docs/releasing.md",
  rows: classes.map(({ id, action, timeFrame }) => ({
    ID: `UpdProc-${id}`,
    Description: `${action}; signed under the threshold, offered in rings that widen on good reports`,
    "Time frame": timeFrame,
  })),
};

export const replSup: IxitTable = {
  id: "9",
  from: "docs/product/support-policy.md",
  rows: [],
  whyNone:
    "every part of the device's software is updateable, so that none has to be isolated or replaced",
};

export const secDev: IxitTable = {
  id: "19",
  from: ".ci/run, docs/adr",
  rows: [
    {
      ID: "SecDev-requirements",
      Description: "provisions as data, a claim for each, verdicts by tests",
    },
    {
      ID: "SecDev-design",
      Description: "threat model, decision records, rooms with one-way imports",
    },
    {
      ID: "SecDev-coding",
      Description: "strict types, lint without warnings, hostile input as values",
    },
    {
      ID: "SecDev-test",
      Description: "suites on every engine, negative controls, fuzzing, power cut at every write",
    },
    {
      ID: "SecDev-third-party",
      Description: "versions pinned, three libraries on the device, reviews recorded",
    },
    {
      ID: "SecDev-release",
      Description: "threshold signatures, component list and texts required, rings",
    },
    { ID: "SecDev-training", Description: "the maker's: not shown here" },
  ],
};

const map: Readonly<Record<string, Datum>> = dataMap;
const consentText = ({ consent, basis }: Datum, asked: string) =>
  consent === "none" ? `not by consent: ${basis}` : asked;

export const persData: IxitTable = {
  id: "21",
  from: "device/privacy/data-map.ts",
  rows: Object.entries(map)
    .filter(([, { personal }]) => personal)
    .map(([name, datum]) => ({
      ID: `PersData-${name}`,
      Description: `${name}: ${datum.type}${datum.unit ? `, ${datum.unit}` : ""}; held in ${datum.held}`,
      "Processing activities":
        datum.sent.length > 0 ? `sent as ${datum.sent.join(", ")}` : "kept in the device, not sent",
      Purpose: `to ${datum.purpose}`,
      "Authorized parties": datum.recipient,
      "Communication mechanisms":
        datum.recipient === "router" ? "the Wi-Fi the owner chose" : "ComMech-broker",
      Sensitive: datum.sensitive ? "yes: it may say who is at home, and when" : "no",
      "Obtaining consent": consentText(
        datum,
        `the owner says yes to "${datum.consent}", off before`,
      ),
      "Withdrawing consent": consentText(
        datum,
        "the same order with no; what waits is dropped, services are asked to erase",
      ),
      "Storing consent": consentText(
        datum,
        "owner/consent, with the notice's version and the time",
      ),
      Lifecycle: retentionInWords[datum.retention],
      Aggregation: datum.sent.some((channel) => channel === "diagnostics")
        ? "summed up on the device, once a day"
        : "none",
      Anonymization: "none claimed: pseudonymous by the unit's random id",
    })),
};

export const extSens: IxitTable = {
  id: "22",
  from: "provisioning/documents/guides.ts",
  rows: sensors.map(({ capability, senses }) => ({
    ID: `ExtSens-${capability}`,
    Description: senses,
  })),
};

export const telData: IxitTable = {
  id: "24",
  from: "device/privacy/data-map.ts, device/telemetry/journal.ts",
  rows: Object.entries(map)
    .filter(([, { sent }]) => sent.some((channel) => ["event", "diagnostics"].includes(channel)))
    .map(([name, { purpose, type, personal }]) => ({
      ID: `TelData-${name}`,
      Description: `${type}; with security events: ${name === "event" ? unionOf("device/telemetry/journal.ts", "SecurityEvent").join(", ") : `the newest ${journalCapacity} are kept`}`,
      Purpose: `to ${purpose}`,
      "Security examination": "looked through for what deviates, on the device and at the service",
      "Personal data": personal ? "yes: of the owner's device, by agreement" : "no",
    })),
};

export const delFunc: IxitTable = {
  id: "25",
  from: "provisioning/documents/data/deletion-guide.json",
  rows: deletion.functions.map(({ id, target, how, confirmed }) => ({
    ID: id,
    Description:
      "the owner's area: its key destroyed, then its flash erased; what waits to be sent goes with it",
    "Target type": target,
    "Initiation and interaction": how,
    Confirmation: confirmed,
  })),
};

export const userDec: IxitTable = {
  id: "26",
  from: "provisioning/documents/data/set-up-guide.json",
  rows: setUp.decisions.map(({ id, text, default: usual, where }) => ({
    ID: `UserDec-${id}`,
    Description: text,
    Options: `as it comes: ${usual}`,
    "Triggered by": where,
  })),
};
