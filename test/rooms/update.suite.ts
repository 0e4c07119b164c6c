import type { Suite } from "../suite.ts";
import { cases as curves } from "../update/curves.cases.ts";
import { cases as format } from "../update/format.cases.ts";
import { cases as root } from "../update/root.cases.ts";
import { cases as selfCheck } from "../update/self-check.cases.ts";
import { cases as slots } from "../update/slots.cases.ts";
import { cases as snapshot } from "../update/snapshot.cases.ts";
import { cases as targets } from "../update/targets.cases.ts";

export const suites: Suite[] = [
  { room: "update/root", cases: root },
  { room: "update/snapshot", cases: snapshot },
  { room: "update/targets", cases: targets },
  { room: "update/format", cases: format },
  { room: "update/curves", cases: curves },
  { room: "update/slots", cases: slots },
  { room: "update/self-check", cases: selfCheck },
];
