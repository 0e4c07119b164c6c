/** Checks of signatures, each in a turn of its own: the chip's watchdog bites a turn that takes too long. */
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { isRefused } from "../../device/update/metadata/refusal.ts";
import { acceptRoot, trustRoot } from "../../device/update/metadata/trusted-set.ts";
import type { TrustedState } from "../../device/update/metadata/trusted-state.ts";
import { judgeInTurns } from "../../device/update/metadata/turns.ts";
import type { Case } from "../suite.ts";
import { now, Repository, signFile } from "./repository.ts";
import { type Signer, toyCryptography, toySigner } from "./signers.ts";

const verifier = { now, limits: deviceLimits, ...toyCryptography };
type Verdict = ReturnType<typeof acceptRoot>;

/** A second root with two keys of the first's three, or none of them: four checks. */
function rotated(signing?: (old: readonly Signer[], next: readonly Signer[]) => Signer[]) {
  const repository = new Repository();
  const old = repository.keys.root.signers.slice(0, 2);
  const next = [50, 51].map(toySigner);
  repository.keys.root.signers = next;
  repository.signing.root = signing ? signing(old, next) : [...old, ...next];
  repository.publish("root");
  return {
    signed: repository.signed.root ?? {},
    state: trustRoot(repository.firstRoot, verifier) as TrustedState,
    file: repository.files.get("2.root.json") as Uint8Array,
  };
}

/** The checks of each turn, and the verdict. */
function inTurns({ state, file }: Pick<ReturnType<typeof rotated>, "state" | "file">) {
  const turns: number[] = [];
  const waiting: (() => void)[] = [];
  const verdicts: Verdict[] = [];
  let checks = 0;
  judgeInTurns(
    {
      set(callback, delayMs) {
        if (delayMs > 0) waiting.push(callback);
        return 0;
      },
    },
    {
      ...toyCryptography,
      check(key, message, signature) {
        checks++;
        return toyCryptography.check(key, message, signature);
      },
    },
    (cryptography) => acceptRoot(state, file, { ...verifier, ...cryptography }),
    (verdict) => verdicts.push(verdict),
  );
  for (;;) {
    turns.push(checks);
    checks = 0;
    const next = waiting.shift();
    if (!next) break;
    next();
  }
  return { turns, verdicts };
}

export const cases: Readonly<Record<string, Case>> = {
  "a root with new keys has its four checks in four turns, and one verdict (5.3-9)"(check) {
    const { turns, verdicts } = inTurns(rotated());
    check.equal(turns, [1, 1, 1, 1]);
    check.equal(verdicts.length, 1);
    const [verdict] = verdicts as [Verdict];
    check.ok(!isRefused(verdict));
    check.equal((verdict as TrustedState).root.version, 2);
  },

  "what is short of a signature is refused as in one turn"(check) {
    const short = rotated((old, next) => [old[0] as Signer, ...next]);
    const { turns, verdicts } = inTurns(short);
    check.ok(turns.every((checks) => checks <= 1));
    check.equal(verdicts, [{ refused: "threshold-not-met" }]);
    check.equal(acceptRoot(short.state, short.file, verifier), { refused: "threshold-not-met" });
  },

  "a bad signature is checked once, however often the rules are asked"(check) {
    const { state, signed } = rotated();
    const [a, b, x, y] = [0, 1, 50, 51].map(toySigner) as [Signer, Signer, Signer, Signer];
    // The second key's name on what another has signed.
    const liar = { ...b, sign: (message: Uint8Array) => x.sign(message) };
    const { turns, verdicts } = inTurns({ state, file: signFile(signed, [a, liar, x, y]) });
    check.equal(turns, [1, 1]);
    check.equal(verdicts, [{ refused: "threshold-not-met" }]);
  },
};
