/** Guards of guideline 1: passwords, proofs of them, and how often somebody may guess. */
import type { Mutant } from "../mutant.ts";

const room = (title: string) => ({ file: "test/rooms.test.ts", title });
const quality = (title: string) => ({
  file: "test/provisioning/password-quality.long.test.ts",
  title,
});

export const mutants: readonly Mutant[] = [
  {
    id: "passwords-from-a-counter",
    provisions: ["5.1-2"],
    file: "provisioning/set-up-password.ts",
    guard: "return encodeCrockford(randomBytes(10));",
    broken:
      "const state = globalThis as { made?: number };\n" +
      "  state.made = (state.made ?? 0) + 1;\n" +
      '  return encodeCrockford(Buffer.from(String(state.made).padStart(10, "0")));',
    killedBy: quality("100,000 passwords: no duplicate"),
  },
  {
    id: "password-derived-from-the-serial",
    provisions: ["5.1-2"],
    file: "provisioning/factory.ts",
    guard: "const password = generatePassword();",
    broken:
      'const { createHash } = await import("node:crypto");\n' +
      '    const { encodeCrockford } = await import("./crockford.ts");\n' +
      "    void generatePassword;\n" +
      '    const password = encodeCrockford(createHash("sha256").update(serial).digest().subarray(0, 10));',
    killedBy: quality("no password of issued units follows from their certificates either"),
  },
  {
    id: "one-verifier-for-one-password",
    provisions: ["5.1-3"],
    file: "provisioning/set-up-password.ts",
    guard: '[...counted(password), ...counted(""), ...counted(serial)]',
    broken: '[...counted(password), ...counted(""), ...counted("")]',
    killedBy: {
      file: "test/provisioning/set-up-password.test.ts",
      title: "another password or another unit gives another record",
    },
  },
  {
    id: "forgets-guesses-at-restart",
    provisions: ["5.1-5"],
    file: "device/setup/set-up.ts",
    guard: "restoreLockOut(system.read(lockOutKey),",
    broken: "restoreLockOut(undefined,",
    killedBy: room("setup/window: wrong guesses slow down, across restarts"),
  },
  {
    id: "guesses-on-several-connections-at-once",
    provisions: ["5.1-5"],
    file: "device/access/pairing.ts",
    guard: 'if (current && current.step !== "closed")',
    broken: 'if (current && current.step === "closed")',
    killedBy: room("access/pairing: one conversation at a time"),
  },
  {
    id: "locks-the-owner-out-for-good",
    provisions: ["5.1-5"],
    file: "device/access/lock-out.ts",
    guard: "Math.min(state.notBefore - now, LONGEST_DELAY_MS)",
    broken: "state.notBefore - now",
    killedBy: room("access/lock-out: a clock that went wrong costs 15 minutes"),
  },
  {
    id: "wait-stops-growing-at-a-second",
    provisions: ["5.1-5"],
    file: "device/access/lock-out.ts",
    guard: "FIRST_DELAY_MS * 2 ** (attempts - FREE_ATTEMPTS)",
    broken: "FIRST_DELAY_MS",
    killedBy: room("access/lock-out: a month of guessing, with and without power cuts"),
  },
  {
    id: "a-machine-may-log-in-with-a-password",
    provisions: ["5.1-2A"],
    file: "device/link/mqtt-encoder.ts",
    guard: "0x20 | 0x08 | 0x04 | 0x02]",
    broken: "0x80 | 0x40 | 0x20 | 0x08 | 0x04 | 0x02]",
    killedBy: room("link: MQTT encoder: CONNECT: protocol level 4"),
  },
];
