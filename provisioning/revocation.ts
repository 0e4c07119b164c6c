/**
 * The revocation list (RFC 5280, section 5) of the device CA: the units that broker and update
 * service must refuse. Any TLS server takes it (Mosquitto's `crlfile`, RabbitMQ's, Node's `crl`).
 */
import {
  type Authority,
  ecdsaWithSha256,
  extension,
  issuerOf,
  type SigningAuthority,
  signed,
} from "./certificate-authority.ts";
import * as der from "./der.ts";

export interface RevokedUnit {
  /** Of the certificate, hexadecimal. */
  readonly certificateSerial: string;
  readonly at: Date;
}

export interface ListOptions {
  /** Grows with each list. */
  readonly number: number;
  readonly thisUpdate: Date;
  /** Servers that want a fresh list refuse everybody after this. */
  readonly nextUpdate: Date;
}

/** DER of the list, signed by the authority. */
export function revocationList(
  authority: Authority | SigningAuthority,
  units: readonly RevokedUnit[],
  { number, thisUpdate, nextUpdate }: ListOptions,
): Uint8Array {
  const issuer = issuerOf(authority);
  const entries = units.map(({ certificateSerial, at }) =>
    der.sequence(der.unsigned(Buffer.from(certificateSerial, "hex")), der.time(at)),
  );
  const list = der.sequence(
    der.integer(1),
    ecdsaWithSha256,
    issuer.name,
    der.time(thisUpdate),
    der.time(nextUpdate),
    // RFC 5280 5.1.2.6: absent, not empty, when nothing is revoked.
    ...(entries.length > 0 ? [der.sequence(...entries)] : []),
    der.tagged(0, der.sequence(issuer.identifier, extension("2.5.29.20", der.integer(number)))),
  );
  return signed(list, issuer.sign);
}
