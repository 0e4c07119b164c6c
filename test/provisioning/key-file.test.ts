import test from "ava";
import { generateKeyPair } from "../../provisioning/certificate-authority.ts";
import { Fault } from "../../provisioning/fault.ts";
import { openPrivateKey, sealPrivateKey } from "../../provisioning/key-file.ts";
import { passphrase } from "./scratch.ts";

test("a key comes back with its passphrase, also one beyond ASCII", (t) => {
  const { privateKey } = generateKeyPair();
  for (const phrase of [passphrase, "zwölf große Öfen – 十二"])
    t.deepEqual(openPrivateKey(sealPrivateKey(privateKey, phrase), phrase, "a.key"), privateKey);
});

test("a wrong passphrase or a damaged file is one clear line, and no key", (t) => {
  const { privateKey } = generateKeyPair();
  const pem = sealPrivateKey(privateKey, passphrase);
  const lines = pem.split("\n");
  const damaged = [...lines.slice(0, 3), lines[3]!.replace(/./g, "A"), ...lines.slice(4)].join(
    "\n",
  );
  for (const [text, phrase] of [
    [pem, `${passphrase}r`],
    [pem, ""],
    [damaged, passphrase],
    ["", passphrase],
    [pem.slice(0, 200), passphrase],
  ] as const) {
    const error = t.throws(() => openPrivateKey(text, phrase, "a.key"), { instanceOf: Fault });
    t.regex(error?.message ?? "", /^a\.key: wrong passphrase, or the file is damaged/);
    t.false(error?.message.includes(passphrase));
  }
});

test("sealing hides the key, and never twice in the same way", (t) => {
  const { privateKey } = generateKeyPair();
  const [one, two] = [
    sealPrivateKey(privateKey, passphrase),
    sealPrivateKey(privateKey, passphrase),
  ];
  t.not(one, two);
  const sealed = Buffer.from(one.split("\n").slice(1, -2).join(""), "base64");
  // The 32 bytes of the scalar follow the OCTET STRING header of ECPrivateKey (RFC 5915).
  const scalar = Buffer.from(privateKey).subarray(36, 68);
  t.true(Buffer.from(privateKey).includes(scalar));
  t.false(sealed.includes(scalar));
});
