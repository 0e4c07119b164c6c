/** Guards of the factory's line: what makes each unit its own, and its label true. */
import type { Mutant } from "../mutant.ts";

const line = (title: string) => ({ file: "test/provisioning/line.test.ts", title });
const ledger = (title: string) => ({ file: "test/provisioning/ledger.test.ts", title });
const label = (title: string) => ({ file: "test/provisioning/security-label.test.ts", title });
const board = {
  file: "test/provisioning/board.test.ts",
  title: "a board that started between flashing and read-back is held to what it must not change",
};
const whole = "an order goes through the line: each unit its own";

export const mutants: readonly Mutant[] = [
  {
    id: "one-password-for-an-order",
    provisions: ["5.1-1", "5.1-2"],
    file: "provisioning/line/steps.ts",
    guard: "password: generatePassword(), privateKey",
    broken: 'password: generatePassword().replace(/./g, "7"), privateKey',
    killedBy: line(whole),
  },
  {
    id: "one-key-for-an-order",
    provisions: ["5.4-4"],
    file: "provisioning/line/steps.ts",
    guard: "const { privateKey, publicKey } = generateKeyPair();",
    broken:
      "const kept = globalThis as { pair?: ReturnType<typeof generateKeyPair> };\n" +
      "  kept.pair ??= generateKeyPair();\n" +
      "  const privateKey = kept.pair.privateKey.slice();\n" +
      "  const { publicKey } = kept.pair;",
    killedBy: line(whole),
  },
  {
    id: "secrets-kept-after-the-label",
    provisions: ["5.1-1", "5.5-8"],
    file: "provisioning/ledger/database-ledger.ts",
    guard: "if (step.forget)",
    broken: "if (step.forget && step.anywhere)",
    killedBy: line(whole),
  },
  {
    id: "shift-key-that-outlives-its-shift",
    provisions: ["5.5-8"],
    file: "provisioning/line/station.ts",
    guard: "if ((await this.ledger.sealedCount(this.station)) > 0) return false;",
    broken: "if ((await this.ledger.sealedCount(this.station)) >= 0) return false;",
    killedBy: line(whole),
  },
  {
    id: "units-that-nobody-read-back",
    provisions: ["5.4-2", "5.4-4"],
    file: "provisioning/line/steps.ts",
    guard: 'if ("reason" in found) return inWords(found);',
    broken: 'if ("reason" in found) return void inWords(found);',
    killedBy: line("read-back refuses a blank factory partition"),
  },
  {
    id: "another-units-identity-in-a-unit",
    provisions: ["5.4-2"],
    file: "provisioning/line/read-back.ts",
    guard:
      'if (identity.serial !== expected.serial || identity.id !== expected.id) return "other-unit";',
    broken: "",
    killedBy: line("read-back refuses another unit's identity"),
  },
  {
    id: "units-with-any-firmware",
    provisions: ["5.7-1"],
    file: "provisioning/line/read-back.ts",
    guard: "sha256Hex(regions[index] ?? new Uint8Array()) !== sha256",
    broken: "regions[index] === undefined && sha256Hex(new Uint8Array()) !== sha256",
    killedBy: line("read-back refuses another release"),
  },
  {
    id: "a-label-whose-password-opens-nothing",
    provisions: ["5.1-1"],
    file: "provisioning/line/read-back.ts",
    guard: 'if (typeof proof === "string") return "wrong-password";',
    broken: 'if (typeof proof === "string") return undefined;',
    killedBy: line("only the label's own password, serial and network open the unit"),
  },
  {
    id: "a-label-nobody-scanned",
    provisions: ["5.1-1"],
    file: "provisioning/line/steps.ts",
    guard: "if (scanned === label.qr) done.push(serial);",
    broken: "if (scanned !== label.svg) done.push(serial);",
    killedBy: line("a label that does not read as what was verified is not a label"),
  },
  {
    id: "firmware-exchanged-after-the-order",
    provisions: ["5.7-1"],
    file: "provisioning/line/release.ts",
    guard: "if (sha256Hex(bytes) !== sha256)",
    broken: "if (sha256Hex(bytes) === name)",
    killedBy: line("a release whose file was exchanged after the order is not flashed"),
  },
  {
    id: "a-step-done-twice",
    provisions: ["5.5-8"],
    file: "provisioning/ledger/database-ledger.ts",
    guard: '.where("state", "=", from)',
    broken: "",
    killedBy: line("every step may be done again, and by itself does nothing more"),
  },
  {
    id: "a-cut-off-tail-goes-unseen",
    provisions: ["5.5-8"],
    file: "provisioning/ledger/checkpoint.ts",
    guard: "if (hash === undefined)",
    broken: "if (hash === undefined && row.seq < 0)",
    killedBy: line("a tail cut off together with its units is found by a checkpoint"),
  },
  {
    id: "half-a-transaction-stays",
    provisions: ["5.5-8"],
    file: "provisioning/ledger/sqlite.ts",
    guard: "pragma journal_mode = wal;",
    broken: "pragma journal_mode = delete;",
    killedBy: ledger("what a killed process left half done is undone"),
  },
  {
    id: "a-support-date-anybody-may-write",
    provisions: ["5.3-13"],
    file: "provisioning/ledger/checkpoint.ts",
    guard: 'return "was changed after it was signed";',
    broken: "return undefined;",
    killedBy: label("a label with an altered support date, serial, contact or key is refused"),
  },
  {
    id: "a-label-of-any-maker",
    provisions: ["5.3-13"],
    file: "provisioning/ledger/checkpoint.ts",
    guard: 'return "is signed by no station of this factory";',
    broken: "return undefined;",
    killedBy: label("a label with an altered support date, serial, contact or key is refused"),
  },
  {
    id: "goods-whose-support-has-ended",
    provisions: ["5.3-13"],
    file: "provisioning/check-label.ts",
    guard: "if (end < now.getTime())",
    broken: "if (end < 0)",
    killedBy: label("support that has ended, and what is no label, are refused"),
  },
  {
    id: "a-revoked-unit-is-welcome",
    provisions: ["5.5-8"],
    file: "provisioning/revocation.ts",
    guard: "...(entries.length > 0 ? [der.sequence(...entries)] : []),",
    broken: "",
    killedBy: {
      file: "test/provisioning/revocation.test.ts",
      title: "a TLS server with the list refuses a revoked unit, and no other",
    },
  },
  {
    id: "a-ledger-begun-in-its-place",
    provisions: ["CP4-services"],
    file: "provisioning/ledger/open.ts",
    guard: "const draft = `${file}.new`;",
    broken: "const draft = file;",
    killedBy: ledger("a station that is killed while it makes its ledger makes it the next time"),
  },
  {
    id: "a-used-board-keeps-its-owner",
    provisions: ["5.11-1"],
    file: "provisioning/line/board-release.ts",
    guard: '["nvs", "nvs_keys", "system", "owner"]',
    broken: '["nvs", "nvs_keys"]',
    killedBy: board,
  },
  {
    id: "a-board-is-held-to-nothing",
    provisions: ["5.4-2"],
    file: "provisioning/line/release.ts",
    guard: "regions.filter(({ isOwn }) => !isOwn)",
    broken: "regions.filter(({ isOwn, offset }) => !isOwn && offset < 0)",
    killedBy: board,
  },
];
