/** Keys for a rehearsal, and ESP-IDF's own signing tool. */
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Fault } from "../../../provisioning/fault.ts";

/** RSA-3072, what secure boot v2 of the ESP32-C3 takes; worth nothing after the rehearsal. */
export function makeSigningKey(file: string): void {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 3072 });
  writeFileSync(file, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
}

/** Pads the image to a sector and appends the block with the signature. @throws Fault */
export function sign(image: string, key: string, into: string): void {
  const { status, error, stdout, stderr } = spawnSync(
    "python",
    [
      ...["-m", "espsecure", "sign-data", "--version", "2"],
      "--keyfile",
      key,
      "--output",
      into,
      image,
    ],
    { encoding: "utf8" },
  );
  if (error || status !== 0)
    throw new Fault(`espsecure cannot sign ${image}: ${error?.message ?? `${stdout}${stderr}`}`);
}
