/**
 * The board's TLS: 1.2 at least, the unit's client certificate, and a server whose chain ends in
 * one of the given anchors, whose name is the expected one (RFC 9525: subject alternative names
 * only) and whose certificate says that it is a server's (RFC 5280 §4.2.1.12). There is no option
 * that turns any of it off.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import tls from "node:tls";

export interface TlsRequest {
  /** Loopback port the name leads to. */
  port: number;
  serverName: string;
  /** DER. */
  anchors: readonly Uint8Array[];
  /** DER, leaf first. */
  certificate: readonly Uint8Array[];
  /** PKCS#8 DER. */
  privateKey: Uint8Array;
}

const serverAuth = "1.3.6.1.5.5.7.3.1";

/** Forward secrecy and authenticated encryption; level 2 also refuses SHA-1 and short keys. */
const ciphers = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "@SECLEVEL=2",
].join(":");

/** @throws Error for what is no certificate; Node would pass over it in silence. */
function certificatePem(der: Uint8Array): string {
  return new X509Certificate(der).toString();
}

function privateKeyPem(der: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  return key.export({ format: "pem", type: "pkcs8" }) as string;
}

/** What OpenSSL does not ask of a leaf whose chain it trusts. Undefined when all is well. */
export function leafFault(leaf: X509Certificate, serverName: string): string | undefined {
  if (!leaf.keyUsage?.includes(serverAuth)) return "the certificate is not a server's";
  if (leaf.ca) return "the certificate is an authority's";
  const named = isIP(serverName)
    ? leaf.checkIP(serverName)
    : leaf.checkHost(serverName, { subject: "never", partialWildcards: false });
  return named === undefined ? `the certificate is not for ${serverName}` : undefined;
}

/**
 * Dials 127.0.0.1:`port`. "secureConnect" is emitted only for a verified server; everything else is
 * an "error" on the socket. @throws Error when an anchor or the unit's own credentials cannot be used.
 */
export function dialTls(request: TlsRequest): tls.TLSSocket {
  if (request.anchors.length === 0) throw new Error("no anchor to trust");
  const socket = tls.connect({
    host: "127.0.0.1",
    port: request.port,
    ...(isIP(request.serverName) ? {} : { servername: request.serverName }),
    ca: request.anchors.map(certificatePem),
    cert: request.certificate.map(certificatePem).join(""),
    key: privateKeyPem(request.privateKey),
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ciphers,
    checkServerIdentity: (_host, { raw }) => {
      const fault = leafFault(new X509Certificate(raw), request.serverName);
      return fault === undefined ? undefined : new Error(fault);
    },
  });
  socket.once("secureConnect", () => socket.disableRenegotiation());
  return socket;
}

const plainWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not yet valid",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the chain ends in an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the chain ends in an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "the chain ends in an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the chain ends in an unknown authority",
  CERT_SIGNATURE_FAILURE: "a signature in the chain is wrong",
  INVALID_CA: "a certificate in the chain is no authority's",
  INVALID_PURPOSE: "the certificate is not a server's",
  CA_MD_TOO_WEAK: "a signature in the chain is too weak",
  EE_KEY_TOO_SMALL: "the certificate's key is too short",
  ECONNREFUSED: "nothing answers there",
  ECONNRESET: "closed by the peer before it was verified",
  ERR_SSL_WRONG_VERSION_NUMBER: "the peer does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the peer does not speak TLS",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "the peer's TLS is older than 1.2",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the peer's TLS is older than 1.2",
};

/** Why a handshake failed, in words for the journal. */
export function refusalReason(error: NodeJS.ErrnoException): string {
  const { code = "", message } = error;
  return plainWords[code] ?? (code ? `${message.split("\n")[0]} (${code})` : message);
}
