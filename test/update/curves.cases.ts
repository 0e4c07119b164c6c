/** Real keys: what the rules of trust take for granted of a signature check. */
import { equalBytes } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { readKey } from "../../device/update/metadata/key.ts";
import { nobleCryptography } from "../../device/update/metadata/noble-check.ts";
import { crypto } from "../crypto.ts";
import type { Case, Check } from "../suite.ts";
import { Client } from "./client.ts";
import { Repository } from "./repository.ts";
import { ed25519Signer, type MakeSigner, p256Signer, pem, treeOf } from "./signers.ts";

const readPlain = (key: unknown) => readKey(treeOf(key));
const message = encodeText("message");
const { check: verify } = nobleCryptography(crypto);

function aWholeRepository(check: Check, signer: MakeSigner): void {
  const repository = new Repository(signer);
  repository.addTarget("x", "x");
  repository.release();
  const cryptography = nobleCryptography(crypto);
  const client = new Client(repository.firstRoot, { cryptography });
  check.equal(client.verdict(repository.files, "x"), "found");
  repository.signing.timestamp = [{ ...signer(9), id: signer(5).id }];
  repository.publish("timestamp");
  check.equal(client.verdict(repository.files, "x"), "timestamp: threshold-not-met");
}

function oneSignature(check: Check, signer: MakeSigner): void {
  const one = signer(1);
  const key = readPlain(one.key);
  const signature = one.sign(message);
  if (!key) throw new Error("not read");
  check.ok(verify(key, message, signature), "control");
  check.ok(!verify(key, encodeText("massage"), signature), "another message");
  check.ok(!verify(key, message, signer(2).sign(message)), "another key's");
  for (const at of [0, 5, signature.length - 1]) {
    const changed = Uint8Array.from(signature);
    changed[at] = (changed[at] as number) ^ 1;
    check.ok(!verify(key, message, changed), `bit in byte ${at}`);
  }
  for (const length of [0, 1, 63, signature.length - 1])
    check.ok(!verify(key, message, signature.subarray(0, length)), `${length} bytes`);
  check.ok(!verify(key, message, new Uint8Array(1000)), "1000 bytes");
  check.ok(!verify(key, message, new Uint8Array(64)), "zeroes");
}

export const cases: Record<string, Case> = {
  "a whole repository under Ed25519 keys"(check) {
    aWholeRepository(check, ed25519Signer);
  },

  "a whole repository under ECDSA P-256 keys"(check) {
    aWholeRepository(check, p256Signer);
  },

  "an Ed25519 signature is good for one key and one message"(check) {
    oneSignature(check, ed25519Signer);
  },

  "an ECDSA signature is good for one key and one message"(check) {
    oneSignature(check, p256Signer);
  },

  "a key that is no point on the curve verifies nothing, and throws nothing"(check) {
    const off = readPlain({
      keytype: "ecdsa",
      scheme: "ecdsa-sha2-nistp256",
      keyval: { public: pem(Uint8Array.of(4, ...new Uint8Array(64).fill(1))) },
    });
    check.ok(off && !verify(off, message, p256Signer(1).sign(message)));
    const small = readPlain({
      keytype: "ed25519",
      scheme: "ed25519",
      keyval: { public: `01${"00".repeat(31)}` },
    });
    // The neutral element "verifies" this under lax rules, for every message.
    const forged = Uint8Array.of(1, ...new Uint8Array(63));
    check.ok(small && !verify(small, message, forged), "small order");
  },

  "keys are read in the specification's forms and in no other"(check) {
    const ed = ed25519Signer(1).key;
    const ec = p256Signer(1).key;
    check.ok(readPlain(ed) && readPlain(ec), "control");
    const text = (ec.keyval as { public: string }).public;
    const point = readPlain(ec)?.bytes;
    const old = readPlain({ ...ec, keytype: "ecdsa-sha2-nistp256" });
    check.ok(point && old && equalBytes(old.bytes, point), "the older name");
    for (const key of [
      null,
      {},
      { ...ed, keytype: "rsa" },
      { ...ed, scheme: "ed25519ph" },
      { ...ed, keyval: {} },
      { ...ed, keyval: { public: "00" } },
      { ...ed, keyval: { public: "zz".repeat(32) } },
      { ...ec, scheme: "ecdsa-sha2-nistp384" },
      { ...ec, keyval: { public: text.slice(1) } },
      { ...ec, keyval: { public: text.split("MFkw").join("MFkx") } },
      { ...ec, keyval: { public: pem(Uint8Array.of(2, ...new Uint8Array(64))) } },
      { ...ec, keyval: { public: pem(new Uint8Array(32)) } },
    ])
      check.equal(readPlain(key), undefined, JSON.stringify(key)?.slice(0, 80));
  },
};
