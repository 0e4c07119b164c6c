import { consentCases } from "../privacy/consent.cases.ts";
import { mapCases } from "../privacy/data-map.cases.ts";
import { sightCases } from "../privacy/sight.cases.ts";
import { wipeCases } from "../privacy/wipe.cases.ts";
import type { Suite } from "../suite.ts";

export const suites: readonly Suite[] = [
  { room: "privacy", cases: mapCases },
  { room: "privacy/consent", cases: consentCases },
  { room: "privacy/sight", cases: sightCases },
  { room: "wipe", cases: wipeCases },
];
