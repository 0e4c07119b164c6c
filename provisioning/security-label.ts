/**
 * The security label: until when the product gets security updates, who takes reports of weaknesses,
 * what data it handles, and what the maker promises. As text and picture for people, and as signed
 * JSON that a retailer checks without asking anybody (EN 303 645 5.2-1, 5.3-13, 5.3-16). It holds
 * nothing secret and nothing of an owner.
 */
import product from "../device/about/product.json" with { type: "json" };
import { dataMap } from "../device/privacy/data-map.ts";
import { canonicalJson } from "../device/update/metadata/canonical-json.ts";
import type { RecordSigner, Signature } from "./ledger/checkpoint.ts";
import { formatSerial } from "./serial.ts";

export interface SecurityLabel {
  readonly v: 1;
  readonly product: string;
  readonly model: string;
  readonly maker: string;
  readonly address: string;
  /** Of one unit; absent on a label for the model. */
  readonly serial?: string;
  /** Days, YYYY-MM-DD; security updates come until the end of the last. */
  readonly support: { readonly start: string; readonly end: string };
  readonly updates: string;
  readonly vulnerabilities: { readonly contact: string; readonly policy: string };
  readonly passwords: string;
  readonly data: readonly {
    readonly name: string;
    readonly purpose: string;
    readonly recipient: string;
    readonly personal: boolean;
  }[];
  /** A product that says "sample" is nobody's to sell. */
  readonly sample: boolean;
}

export interface SignedSecurityLabel {
  readonly label: SecurityLabel;
  readonly signature: Signature;
}

/** The label of the model, or of the unit with that serial. */
export function securityLabel(serial?: string): SecurityLabel {
  return {
    v: 1,
    product: product.name,
    model: product.model,
    maker: product.maker,
    address: product.address,
    ...(serial !== undefined && { serial }),
    support: { start: product.supportStart, end: product.supportEnd },
    updates:
      "Security updates are free, signed, checked by the device, and installed by themselves.",
    vulnerabilities: {
      contact: product.securityContact.replace(/^mailto:/, ""),
      policy: product.disclosurePolicy,
    },
    passwords: "Each unit has a set-up password of its own. There is no other.",
    data: Object.entries(dataMap).map(([name, { purpose, recipient, personal }]) => ({
      name,
      purpose,
      recipient,
      personal,
    })),
    sample: product.sample,
  };
}

const longest = 16_384;

/** What is signed: the label as JSON in one form (sorted names, no spaces). */
export function labelBytes(label: SecurityLabel): Uint8Array | undefined {
  return canonicalJson({ ...label } as never, longest)?.slice();
}

export function signSecurityLabel(label: SecurityLabel, signer: RecordSigner): SignedSecurityLabel {
  const bytes = labelBytes(label);
  if (!bytes) throw new RangeError("the security label is too long");
  return {
    label,
    signature: {
      station: signer.station,
      certificate: Buffer.from(signer.certificate).toString("base64"),
      signature: Buffer.from(signer.sign(bytes)).toString("base64"),
    },
  };
}

/** The lines of the label for people, the same on paper and on a screen. */
export function securityLines(label: SecurityLabel): string[] {
  const personal = label.data.filter((datum) => datum.personal).map(({ name }) => name);
  const recipients = [...new Set(label.data.map(({ recipient }) => recipient))];
  return [
    `${label.product} (${label.model})`,
    label.maker,
    ...(label.serial ? [`Serial ${formatSerial(label.serial)}`] : []),
    `Security updates until ${label.support.end}`,
    label.updates,
    `Report a weakness: ${label.vulnerabilities.contact}`,
    `Policy: ${label.vulnerabilities.policy}`,
    label.passwords,
    `Personal data: ${personal.join(", ") || "none"}; goes to: ${recipients.join(", ")}`,
  ];
}

/** 62 mm × 40 mm, black on white. */
export function securityLabelSvg(label: SecurityLabel): string {
  const lines = securityLines(label);
  const quoted = (text: string) =>
    text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  const drawn = lines.map((line, index) => {
    const size = index === 0 ? 3 : 2;
    const fit =
      line.length * size * 0.52 > 56 ? ' textLength="56" lengthAdjust="spacingAndGlyphs"' : "";
    const weight = index === 0 || line.startsWith("Security updates") ? ' font-weight="bold"' : "";
    return `<text x="3" y="${(5 + index * 4).toFixed(1)}" font-size="${size}"${weight}${fit}>${quoted(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="62mm" height="40mm" viewBox="0 0 62 40" role="img">
<title>Security label of ${quoted(label.product)}</title>
<desc>${quoted(lines.join(". "))}</desc>
<rect x="0.15" y="0.15" width="61.7" height="39.7" rx="2" fill="#fff" stroke="#000" stroke-width="0.3"/>
<g fill="#000" font-family="Helvetica, Arial, sans-serif">
${drawn.join("\n")}
</g>
</svg>
`;
}
