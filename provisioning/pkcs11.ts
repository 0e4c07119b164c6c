/**
 * The device CA's key in a token (PKCS#11: a smart card, an HSM, SoftHSM in trials), by OpenSC's
 * `pkcs11-tool`: nothing native is linked into this program, and the key never leaves the token. A
 * signature costs a process, some 40 ms with SoftHSM.
 *
 * The token's PIN comes from the environment, THIRTEEN_TOKEN_PIN, and is handed on in it: arguments can
 * be seen by everybody on the machine.
 */
import { spawnSync } from "node:child_process";
import { createHash, createPublicKey } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SigningAuthority } from "./certificate-authority.ts";
import { errorCode, Fault } from "./fault.ts";

export interface TokenKey {
  /** The PKCS#11 library of the token's maker. */
  readonly module: string;
  readonly token: string;
  /** Of the key pair, hexadecimal. */
  readonly id: string;
}

export const pinVariable = "THIRTEEN_TOKEN_PIN";

/** `pkcs11:<library>?token=<label>&id=<hex>`. @throws Fault */
export function parseTokenKey(text: string): TokenKey {
  const [, module = "", query = ""] = /^pkcs11:([^?]+)\?(.+)$/.exec(text) ?? [];
  const parts = new URLSearchParams(query);
  const [token, id] = [parts.get("token"), parts.get("id")];
  if (!module || !token || !/^([0-9a-f]{2}){1,32}$/i.test(id ?? ""))
    throw new Fault(`"${text}": give the token's key as pkcs11:<library>?token=<label>&id=<hex>`);
  if (!existsSync(module)) throw new Fault(`${module}: no such library; it comes with the token`);
  return { module, token, id: id! };
}

/** Makes the pair in the token where there is none of that id, and returns its SPKI DER. @throws Fault */
export function tokenPublicKey(key: TokenKey, label: string): Uint8Array {
  const read = () => tool(key, ["--read-object", "--type", "pubkey", "--id", key.id]);
  const there = read();
  if (there.status === 0 && there.output.length > 0) return checked(there.output);
  const made = tool(key, [
    ...["--login", "--keypairgen", "--key-type", "EC:prime256v1"],
    ...["--id", key.id, "--label", label],
  ]);
  if (made.status !== 0)
    throw new Fault(`token ${key.token}: no key could be made: ${made.errors}`);
  return checked(read().output);
}

/** Signs in the token. */
export function tokenSigner(key: TokenKey): SigningAuthority["sign"] {
  return (bytes) => {
    // What is signed is a certificate's digest: nothing that a file would give away.
    const folder = mkdtempSync(join(tmpdir(), "thirteen-token-"));
    try {
      const [digest, signature] = [join(folder, "digest"), join(folder, "signature")];
      writeFileSync(digest, createHash("sha256").update(bytes).digest());
      const { status, errors } = tool(key, [
        ...["--login", "--sign", "--mechanism", "ECDSA", "--signature-format", "openssl"],
        ...["--id", key.id, "--input-file", digest, "--output-file", signature],
      ]);
      if (status !== 0) throw new Fault(`token ${key.token} did not sign: ${errors}`);
      return new Uint8Array(readFileSync(signature));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

function checked(spki: Buffer): Uint8Array {
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new Fault("the token's key is not on P-256; give the id of one that is, or of none");
  return new Uint8Array(spki);
}

function tool({ module, token }: TokenKey, args: readonly string[]) {
  if (!process.env[pinVariable]) throw new Fault(`no PIN: set ${pinVariable} to the token's`);
  const { status, stdout, stderr, error } = spawnSync(
    "pkcs11-tool",
    ["--module", module, "--token-label", token, "--pin", `env:${pinVariable}`, ...args],
    { maxBuffer: 1 << 20 },
  );
  if (errorCode(error) === "ENOENT")
    throw new Fault("pkcs11-tool is not installed: it is part of OpenSC (apt-get install opensc)");
  const words = (stderr ?? "").toString().trim().split("\n");
  return { status, output: stdout ?? Buffer.alloc(0), errors: words.at(-1) ?? "" };
}
