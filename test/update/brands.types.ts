/**
 * Checked by `tsc`, not run: only the search of verified metadata makes a `VerifiedTarget`. If the
 * brand stopped working, the directives below would be unused, which is an error.
 */
import type { VerifiedTarget } from "../../device/update/metadata/targets.ts";

declare const openSlot: (target: VerifiedTarget) => void;
declare const facts: Omit<VerifiedTarget, symbol>;

// @ts-expect-error what looks like one was not verified
openSlot(facts);
// @ts-expect-error nor was one put together by hand
openSlot({ path: "", file: "", length: 0, digest: facts.digest, custom: {} });
