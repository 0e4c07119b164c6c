import type { Suite } from "../suite.ts";
import { cases as curves } from "../update/curves.cases.ts";
import { cases as delta } from "../update/delta.cases.ts";
import { cases as download } from "../update/download.cases.ts";
import { cases as format } from "../update/format.cases.ts";
import { cases as http } from "../update/http.cases.ts";
import { cases as moments } from "../update/moments.cases.ts";
import { cases as policy } from "../update/policy.cases.ts";
import { cases as quietHours } from "../update/quiet-hours.cases.ts";
import { cases as root } from "../update/root.cases.ts";
import { cases as selfCheck } from "../update/self-check.cases.ts";
import { cases as slots } from "../update/slots.cases.ts";
import { cases as snapshot } from "../update/snapshot.cases.ts";
import { cases as targets } from "../update/targets.cases.ts";
import { cases as turns } from "../update/turns.cases.ts";

export const suites: Suite[] = [
  { room: "update/root", cases: root },
  { room: "update/snapshot", cases: snapshot },
  { room: "update/targets", cases: targets },
  { room: "update/turns", cases: turns },
  { room: "update/format", cases: format },
  { room: "update/curves", cases: curves },
  { room: "update/slots", cases: slots },
  { room: "update/self-check", cases: selfCheck },
  { room: "update/http", cases: http },
  { room: "update/download", cases: download },
  { room: "update/delta", cases: delta },
  { room: "update/policy", cases: policy },
  { room: "update/quiet-hours", cases: quietHours },
  { room: "update/moments", cases: moments },
];
