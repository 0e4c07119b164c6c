/** An engine that also answers `firmware/host-crypto.ts`. */
import { createPublicKey, verify } from "node:crypto";
import type { Engine } from "../engine/engine.ts";

export function withHostChecks(engine: Engine): Engine {
  return {
    name: engine.name,
    start: (options) =>
      engine.start({
        ...options,
        hostCall: (op, json, bytes) =>
          op === "sweep.ed25519"
            ? { json: JSON.stringify(verifies(JSON.parse(json), bytes ?? new Uint8Array(0))) }
            : options.hostCall(op, json, bytes),
      }),
  };
}

function verifies(
  [signature, key]: readonly [signature: string, key: string],
  message: Uint8Array,
): boolean {
  const x = Buffer.from(key, "hex").toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, message, publicKey, Buffer.from(signature, "hex"));
}
