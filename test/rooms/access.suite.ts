import { cases as frames } from "../access/frames.cases.ts";
import { cases as lockOut } from "../access/lock-out.cases.ts";
import { cases as pairing } from "../access/pairing.cases.ts";
import { cases as secureChannel } from "../access/secure-channel.cases.ts";
import { cases as spake2plus } from "../access/spake2plus.cases.ts";
import type { Suite } from "../suite.ts";

export const suites: Suite[] = [
  { room: "access/spake2plus", cases: spake2plus },
  { room: "access/lock-out", cases: lockOut },
  { room: "access/secure-channel", cases: secureChannel },
  { room: "access/frames", cases: frames },
  { room: "access/pairing", cases: pairing },
];
