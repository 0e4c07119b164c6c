/** Node's and OpenSSL's error codes, read as the reasons of `Refusal`. */
import type { ConnectionRefusal } from "./broker-type.ts";

const reasons: readonly (readonly [pattern: RegExp, reason: ConnectionRefusal])[] = [
  [/PEER_DID_NOT_RETURN_A_CERTIFICATE/, "no-certificate"],
  [/HTTP_REQUEST|HTTPS_PROXY_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/, "plaintext"],
  [/UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|PROTOCOL_VERSION/, "tls-version"],
  [/HANDSHAKE_TIMEOUT/, "silent"],
];

/**
 * Why a handshake failed. `verification` is what Node found wrong with the peer's certificate, if
 * it came that far ("CERT_HAS_EXPIRED"); the error itself is then a mere "socket hang up".
 */
export function tlsRefusal(code: string, verification: string | undefined): ConnectionRefusal {
  if (verification === "CERT_REVOKED") return "revoked";
  if (verification !== undefined)
    return /EXPIRED|NOT_YET_VALID/.test(verification)
      ? "expired-certificate"
      : "untrusted-certificate";
  return reasons.find(([pattern]) => pattern.test(code))?.[1] ?? "handshake-failed";
}
