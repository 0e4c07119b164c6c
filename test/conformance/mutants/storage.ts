/** Guards of guideline 4: what lies in the flash, and how. */
import type { Mutant } from "../mutant.ts";

const room = (title: string) => ({ file: "test/rooms.test.ts", title });

export const mutants: readonly Mutant[] = [
  {
    id: "owner-data-in-clear",
    provisions: ["5.4-1"],
    file: "device/storage/sealed.ts",
    guard: "): KeyValue {\n  return {\n    read(name) {",
    broken: "): KeyValue {\n  if (key) return store;\n  return {\n    read(name) {",
    killedBy: room("storage/areas: the owner's values survive a restart and are not in the flash"),
  },
  {
    id: "one-nonce-for-every-value",
    provisions: ["5.4-1"],
    file: "device/storage/sealed.ts",
    guard: "const nonce = random(nonceLength);",
    broken: "const nonce = new Uint8Array(nonceLength);",
    killedBy: room("storage/areas: the same value is sealed differently each time"),
  },
  {
    id: "one-value-in-the-place-of-another",
    provisions: ["5.4-1"],
    file: "device/storage/sealed.ts",
    guard:
      "const nonce = value.subarray(0, nonceLength);\n" +
      "      const cipher = crypto.symmetric().chacha20poly1305(key, nonce, encodeText(name));",
    broken:
      "const nonce = value.subarray(0, nonceLength);\n" +
      '      const cipher = crypto.symmetric().chacha20poly1305(key, nonce, encodeText("wifi"));',
    killedBy: room("storage/areas: a sealed value reads back under its own name and key only"),
  },
  {
    id: "purges-without-erasing",
    provisions: ["5.4-1", "5.11-1"],
    file: "device/storage/key-value.ts",
    guard: "    this.places.delete(key);\n    this.compact();",
    broken: "    this.delete(key);",
    killedBy: room("storage: what is purged is in no cell of the partition"),
  },
  {
    id: "believes-a-record-without-its-checksum",
    provisions: ["5.4-1"],
    file: "device/storage/key-value.ts",
    guard: "if (view.getUint32(4, true) === recordCrc(header, body)) {",
    broken: "if (recordCrc(header, body) >= 0) {",
    killedBy: room("storage: a flipped bit costs its own record at most"),
  },
  {
    id: "identity-can-be-rewritten-in-the-field",
    provisions: ["5.4-2"],
    file: "host-sim/board/flash-calls.ts",
    guard: 'if (mode === "r+" && path === "factory" && !inFactory)',
    broken: 'if (mode === "r+" && path === "factory" && inFactory)',
    killedBy: {
      file: "test/host-sim/nor-flash-partitions.test.ts",
      title: "the factory partition cannot be written in the field",
    },
  },
  {
    id: "one-key-pair-for-every-unit",
    provisions: ["5.4-4"],
    file: "provisioning/factory.ts",
    guard: "const { privateKey, publicKey } = generateKeyPair();",
    broken:
      "const shared = globalThis as { pair?: ReturnType<typeof generateKeyPair> };\n" +
      "    shared.pair ??= generateKeyPair();\n" +
      "    const { privateKey, publicKey } = shared.pair;",
    killedBy: {
      file: "test/provisioning/factory.test.ts",
      title: "more units than a batch: all different, all recorded",
    },
  },
  {
    id: "a-changed-audit-record-passes",
    provisions: ["5.5-8"],
    file: "provisioning/ledger/audit.ts",
    guard: "if (row.hash !== recordHash(row)) return",
    broken: "if (row.hash.length !== recordHash(row).length) return",
    killedBy: { file: "test/provisioning/ledger.test.ts", title: "found: a record is changed" },
  },
  {
    id: "unit-ids-count-up",
    provisions: ["5.4-4"],
    file: "provisioning/serial.ts",
    guard: "return encodeCrockford(randomBytes(16)).toLowerCase();",
    broken:
      "const state = globalThis as { ids?: number };\n" +
      "  state.ids = (state.ids ?? 0) + 1;\n" +
      '  return String(state.ids).padStart(26, "0");',
    killedBy: {
      file: "test/provisioning/serial.test.ts",
      title: "neither serials nor ids count up, repeat or follow from each other",
    },
  },
];
