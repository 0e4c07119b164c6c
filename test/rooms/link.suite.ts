import { decoderSuite } from "../link/decoder.cases.ts";
import { encoderSuite } from "../link/encoder.cases.ts";
import { linkSuite } from "../link/link.cases.ts";
import { backoffSuite, outboxSuite } from "../link/outbox.cases.ts";
import { sessionSuite } from "../link/session.cases.ts";
import type { Suite } from "../suite.ts";

export const suites: Suite[] = [
  encoderSuite,
  decoderSuite,
  outboxSuite,
  backoffSuite,
  sessionSuite,
  linkSuite,
];
