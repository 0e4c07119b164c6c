import { ed25519 } from "@noble/curves/ed25519.js";
import { LONGEST_LIFETIME_S } from "../../device/commands/admit.ts";
import { COMMAND_TYPE, parseCompact, verifyCompact } from "../../device/commands/jws.ts";
import { fromBase64url, fromHex, toBase64url } from "../../device/platform/encoding.ts";
import { decodeText, encodeText } from "../../device/platform/text.ts";
import { type Order, ownerPublicKey, signCompact } from "../../host-sim/owner/jws-signer.ts";
import { crypto } from "../crypto.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Case } from "../suite.ts";
import {
  authority,
  claims,
  crafted,
  judge,
  now,
  privateKey,
  signed,
  unitId,
  wipe,
} from "./owner.ts";

const signatures = crypto.signatures();
const { hmac, sha256 } = crypto.hashes();
const hex = (text: string) => fromHex(text) as Uint8Array;
const privileged = (action: object, counter = claims.ctr) => ({
  kind: "privileged",
  counter,
  action,
});
const wiped = privileged({ cmd: "wipe" });

/** RFC 8037 appendix A.1, A.2 and A.4. */
const rfc8037 = {
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  jws: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
};

/** RFC 8032 section 7.1, tests 1 to 3: public key, message, signature. */
const rfc8032 = [
  [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
] as const;

/** The same signature with S + L, which RFC 8032 section 5.1.7 forbids and lax verifiers take. */
function respelt(signature: Uint8Array): Uint8Array {
  const order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const other = signature.slice();
  let carry = 0;
  for (let index = 0; index < 32; index++) {
    carry += (other[32 + index] as number) + (order[index] as number);
    other[32 + index] = carry & 255;
    carry >>= 8;
  }
  return other;
}

/** A signed command taken apart, so that a part can be exchanged. */
function partsOf(command: Uint8Array): [string, string, string] {
  return (decodeText(command) as string).split(".") as [string, string, string];
}

export const cases: Record<string, Case> = {
  "RFC 8037 A.4 and A.5: the example verifies and is signed alike"(check) {
    const compact = parseCompact(rfc8037.jws);
    if (!compact) return check.ok(false, "parsed");
    const publicKey = fromBase64url(rfc8037.x) as Uint8Array;
    check.ok(verifyCompact(signatures, compact, publicKey), "verifies");
    const key = fromBase64url(rfc8037.d) as Uint8Array;
    const payload = encodeText("Example of Ed25519 signing");
    check.equal(signCompact(key, { alg: "EdDSA" }, payload), rfc8037.jws, "signed");
    check.equal(ownerPublicKey(key), publicKey, "public key");
    check.equal(judge(rfc8037.jws), "bad-field", "but it is no command");
  },

  "RFC 8032 vectors verify; respelt, moved or under a weak key they do not"(check) {
    for (const [key, message, signature] of rfc8032) {
      const signingInput = hex(message);
      const good = { signingInput, signature: hex(signature) };
      check.ok(verifyCompact(signatures, good, hex(key)), "as published");
      const other = { signingInput, signature: respelt(good.signature) };
      check.ok(!verifyCompact(signatures, other, hex(key)), "S + L");
      const moved = { ...good, signingInput: Uint8Array.of(...signingInput, 0) };
      check.ok(!verifyCompact(signatures, moved, hex(key)), "another message");
    }
    // Under the identity as key, R = S*B signs everything: here S = 0, R = identity.
    const identity = Uint8Array.of(1, ...new Uint8Array(31));
    const universal = Uint8Array.of(...identity, ...new Uint8Array(32));
    const anything = { signingInput: encodeText("anything"), signature: universal };
    check.ok(!verifyCompact(signatures, anything, identity), "small-order key");
    const lax = ed25519.verify(universal, anything.signingInput, identity, { zip215: true });
    check.ok(lax, "control: a lax verifier takes it");
  },

  "the owner's signed orders are admitted"(check) {
    const key = ownerPublicKey(randomBytes(prng(5), 32));
    const orders: [Order, object][] = [
      [wipe, { cmd: "wipe" }],
      [
        { cmd: "transfer-owner", args: { key: toBase64url(key) } },
        { cmd: "transfer-owner", key },
      ],
      [
        { cmd: "consent", args: { purpose: "climate-statistics", granted: false } },
        { cmd: "consent", purpose: "climate-statistics", granted: false },
      ],
    ];
    for (const [order, action] of orders)
      check.equal(judge(signed({}, order)), privileged(action), order.cmd);
    check.equal(
      judge(signed({ ctr: Number.MAX_SAFE_INTEGER })),
      privileged({ cmd: "wipe" }, 2 ** 53 - 1),
    );
  },

  "an order for another unit is refused there"(check) {
    check.equal(judge(signed(), { unitId: "another" }), "wrong-device");
    check.equal(judge(signed({ aud: "another" })), "wrong-device", "and here");
    check.equal(judge(signed({ aud: `${unitId} ` })), "wrong-device", "a space more");
    check.equal(judge(signed()), wiped, "control: its own");
  },

  "a replayed order is refused"(check) {
    const order = signed();
    check.equal(judge(order), wiped, "the first time");
    check.equal(judge(order, { counterFloor: () => claims.ctr }), "replayed", "the second time");
    check.equal(
      judge(order, { counterFloor: () => claims.ctr + 1 }),
      "replayed",
      "after a later one",
    );
  },

  "an order that was kept back is refused when it is old, and never for being early"(check) {
    check.equal(judge(signed(), { now: claims.exp - 1 }), wiped, "control: in its last second");
    check.equal(judge(signed(), { now: claims.exp }), "expired", "at its expiry");
    const halfAYear = 183 * 24 * 60 * 60;
    check.equal(judge(signed(), { now: now - halfAYear }), wiped, "a unit that was off since");
    check.equal(judge(signed(), { now: 0 }), wiped, "a unit that knows no time at all");
    const forever = { iat: now, exp: now + LONGEST_LIFETIME_S + 1 };
    check.equal(judge(signed(forever)), "bad-field", "valid for ever");
    check.equal(judge(signed({ iat: now, exp: now })), "bad-field", "valid never");
  },

  "a counter that overflows or is no counter is refused"(check) {
    const raw = JSON.stringify({ ...claims, ...wipe });
    for (const ctr of [
      "9007199254740992",
      "9007199254740993",
      "1e308",
      "-1",
      "0",
      "8.5",
      '"8"',
      "null",
    ])
      check.equal(judge(crafted(raw.replace('"ctr":8', `"ctr":${ctr}`))), "bad-field", ctr);
    check.equal(judge(crafted(raw.replace('"ctr":8', '"ctr":1e999'))), "not-json", "1e999");
    check.equal(judge(crafted(raw)), wiped, "control");
  },

  "a header that chooses its own algorithm or key is refused"(check) {
    const payload = { ...claims, ...wipe };
    const attackerKey = randomBytes(prng(6), 32);
    const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64url(ownerPublicKey(attackerKey)) };
    const header = (change: object) => judge(crafted(payload, change));
    for (const alg of ["none", "None", "HS256", "ES256", "Ed25519", "eddsa", "", null, ["EdDSA"]])
      check.equal(header({ alg }), "wrong-algorithm", `alg ${alg}`);
    check.equal(judge(crafted(payload, { jwk }, attackerKey)), "unknown-field", "jwk");
    for (const extra of [
      { kid: "1" },
      { crit: [] },
      { b64: false },
      { x5c: [] },
      { jku: "https://a" },
    ])
      check.equal(header(extra), "unknown-field", JSON.stringify(extra));
    for (const typ of ["JWT", "THIRTEEN-COMMAND+JWT", undefined, 7])
      check.equal(header({ typ }), "bad-field", `typ ${typ}`);
    check.equal(header({}), wiped, "control: alg and typ alone");
  },

  "no signature, a MAC under the public key, and an attacker's signature are refused"(check) {
    const [header, payload] = partsOf(signed());
    check.equal(judge(`${header}.${payload}.`), "wrong-signature", "empty signature");
    const none = toBase64url(encodeText(JSON.stringify({ alg: "none", typ: COMMAND_TYPE })));
    check.equal(judge(`${none}.${payload}.`), "wrong-algorithm", "alg none, no signature");
    const hs256 = toBase64url(encodeText(JSON.stringify({ alg: "HS256", typ: COMMAND_TYPE })));
    const mac = hmac(sha256, authority.ownerKey as Uint8Array, encodeText(`${hs256}.${payload}`));
    check.equal(judge(`${hs256}.${payload}.${toBase64url(mac)}`), "wrong-algorithm", "HS256");
    const macTwice = toBase64url(Uint8Array.of(...mac, ...mac));
    check.equal(judge(`${header}.${payload}.${macTwice}`), "wrong-signature", "a MAC as EdDSA");
    check.equal(judge(signed({}, wipe, randomBytes(prng(7), 32))), "wrong-signature", "attacker");
    check.equal(judge(signed(), { ownerKey: undefined }), "no-owner", "a unit nobody owns");
  },

  "a signature over one order does not carry another"(check) {
    const [header, payload, signature] = partsOf(signed());
    const [, later] = partsOf(signed({ ctr: 9 }));
    check.equal(judge(`${header}.${later}.${signature}`), "wrong-signature", "exchanged payload");
    const spaced = toBase64url(encodeText(JSON.stringify({ typ: COMMAND_TYPE, alg: "EdDSA" })));
    check.equal(
      judge(`${spaced}.${payload}.${signature}`),
      "wrong-signature",
      "same header, respelt",
    );
    check.equal(judge(`${header}.${payload}.${signature}`), wiped, "control: put together again");
  },

  "an order has one spelling"(check) {
    const [header, payload, signature] = partsOf(signed());
    const last = signature.slice(-1);
    // 64 bytes leave 4 unused bits in the last character: "A" and "B" would decode alike.
    const twin = String.fromCharCode(last.charCodeAt(0) + 1);
    const spellings = {
      "unused bits": `${header}.${payload}.${signature.slice(0, -1)}${twin}`,
      "a fourth part": `${header}.${payload}.${signature}.`,
      "two parts": `${header}.${payload}`,
      "no header": `.${payload}.${signature}`,
    };
    for (const [name, text] of Object.entries(spellings))
      check.ok(typeof judge(text) === "string", `${name}: ${JSON.stringify(judge(text))}`);
    check.equal(judge(`${header}.${payload}.${signature}AAAA`), "wrong-signature", "more bytes");
    check.equal(judge(`${header}.${payload}.${signature}==`), "not-json", "padding");
    check.equal(judge(` ${header}.${payload}.${signature}`), "not-json", "white space");
    const bytes = fromBase64url(signature) as Uint8Array;
    const malleable = toBase64url(respelt(bytes));
    check.equal(judge(`${header}.${payload}.${malleable}`), "wrong-signature", "S + L");
  },

  "a signed payload is held to its schema"(check) {
    const base = { ...claims, cmd: "wipe", args: {} };
    const payloads: [object | string, string][] = [
      [{ ...base, nbf: 1 }, "unknown-field"],
      [{ ...claims, cmd: "wipe" }, "bad-field"],
      [{ ...base, cmd: "reboot" }, "unknown-command"],
      [{ ...base, cmd: "__proto__" }, "unknown-command"],
      [{ ...base, cmd: ["wipe"] }, "bad-field"],
      [{ ...base, args: { all: true } }, "unknown-field"],
      [{ ...base, args: [] }, "bad-field"],
      [{ ...base, cmd: "transfer-owner" }, "bad-field"],
      [
        { ...base, cmd: "transfer-owner", args: { key: toBase64url(new Uint8Array(31)) } },
        "bad-field",
      ],
      [{ ...base, cmd: "consent", args: { purpose: "a b", granted: true } }, "bad-field"],
      [{ ...base, cmd: "consent", args: { purpose: "a", granted: 1 } }, "bad-field"],
      ['{"refused":"no"}', "unknown-field"],
      ["[]", "not-json"],
      [JSON.stringify(base).replace('"wipe"', '"consent","cmd":"wipe"'), "not-json"],
      [{ ...base, args: { a: { b: { c: {} } } } }, "not-json"],
    ];
    for (const [payload, reason] of payloads)
      check.equal(judge(crafted(payload)), reason, JSON.stringify(payload));
    check.equal(judge(crafted(base)), wiped, "control: the sound payload");
    check.equal(
      judge(signCompact(privateKey, [], encodeText("{}"))),
      "not-json",
      "header is a list",
    );
  },
};
