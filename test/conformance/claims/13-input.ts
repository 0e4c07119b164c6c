import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.13-1",
    design:
      "Size first, then form, then a strict schema in which an unknown field is a refusal; a refusal is a value with a reason. Every parser that meets the outside is fuzzed.",
    reads: ["device/commands/decode.ts", "test/fuzz/fuzz.ts"],
    tests: [
      ...tests(
        "commands/command-fuzz",
        "400,000 mutated commands: no exception, no accepted forgery",
        "100,000 mutated set-up streams",
        "control: without the signature check the fuzzer finds a forgery",
      ),
      ...tests("link/mqtt-fuzz", "600,000 hostile streams"),
      ...rooms("update/format: garbled files are refused with a reason, never with an exception"),
    ],
  },
];
