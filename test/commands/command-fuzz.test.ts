import test from "ava";
import { advance } from "../../device/access/pairing.ts";
import { admit } from "../../device/commands/admit.ts";
import type { AdmittedCommand } from "../../device/commands/command.ts";
import { target as commands, fuzzCommands } from "../fuzz/command.ts";
import { target as connections, fuzzFrames } from "../fuzz/command-frames.ts";

const seed = 20_261_122;

// The commands' 400,000 and the broker streams' 600,000 (test/link/mqtt-fuzz.test.ts) are a million
// in every test run; `npm run fuzz` goes on for as long as it is let.

test("400,000 mutated commands: no exception, no accepted forgery", (t) => {
  const { executions, refusals } = commands.run(400_000, seed);
  t.log(refusals);
  t.is(executions, 400_000);
  t.is(
    Object.values(refusals).reduce((sum, count) => sum + count),
    executions,
  );
  // The mutations get past the parser: deep refusals and admitted orders are both reached.
  for (const reason of [
    ...["admitted", "wrong-signature", "wrong-device", "not-utf8", "unknown-field", "too-large"],
  ])
    t.true((refusals[reason] ?? 0) > 0, reason);
});

test("100,000 mutated set-up streams: no exception, no door opened", (t) => {
  const { executions, refusals } = connections.run(100_000, seed);
  t.log(refusals);
  t.is(executions, 100_000);
  for (const outcome of ["wrong-confirmation", "bad-message forged", "still open"])
    t.true((refusals[outcome] ?? 0) > 0, outcome);
});

test("control: without the signature check the fuzzer finds a forgery", (t) => {
  const unsigned: typeof admit = (command, authority, signatures) => {
    const refusal = admit(command, authority, signatures);
    if (!("refused" in refusal) || refusal.refused !== "wrong-signature") return refusal;
    if (command.kind !== "signed") return refusal;
    const { claims, action } = command;
    return { kind: "privileged", counter: claims.ctr, action } as AdmittedCommand<never>;
  };
  t.throws(() => fuzzCommands(50_000, seed, unsigned), { message: /^accepted forgery/ });
});

test("control: a door that opens at any confirmation is found", (t) => {
  const open: typeof advance = (state, event, around) =>
    state.step === "waiting-confirmation" && event.type === "bytes"
      ? { state, effects: [{ effect: "opened" }] }
      : advance(state, event, around);
  t.throws(() => fuzzFrames(1_000, seed, open), { message: "opened without the confirmation" });
});
