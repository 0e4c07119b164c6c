import { cases as admit } from "../commands/admit.cases.ts";
import { cases as decode } from "../commands/decode.cases.ts";
import { cases as run } from "../commands/run.cases.ts";
import { cases as strictJson } from "../commands/strict-json.cases.ts";
import type { Suite } from "../suite.ts";

export const suites: Suite[] = [
  { room: "commands/strict-json", cases: strictJson },
  { room: "commands/decode", cases: decode },
  { room: "commands/admit", cases: admit },
  { room: "commands/run", cases: run },
];
