/**
 * The label on the unit: everything an owner needs to set it up, and until when it is supported
 * (EN 303 645 5.1-2, 5.2-1, 5.3-13). It carries the set-up password, so each form of it is a secret.
 */

import { encode, renderUnicodeCompact } from "uqr";
import product from "../device/about/product.json" with { type: "json" };
import { type LabelDrawing, labelPdf } from "./label-pdf.ts";
import { labelSvg } from "./label-svg.ts";
import { labelZpl } from "./label-zpl.ts";
import { formatSerial, normaliseSerial } from "./serial.ts";
import { formatPassword, normalisePassword } from "./set-up-password.ts";

export interface LabelContent {
  readonly serial: string;
  readonly password: string;
  /** Names the set-up network among its neighbours: `ssidSuffix(id)`. */
  readonly ssidSuffix: string;
}

export interface Label {
  /** 62 mm × 29 mm, ready to print. */
  readonly svg: string;
  /** For a label printer. */
  readonly zpl: string;
  /** One page of the label's size. */
  readonly pdf: Uint8Array;
  /** For a sheet of several. */
  readonly drawing: LabelDrawing;
  /** For a terminal, with the QR code as block characters. */
  readonly text: string;
  /** What the QR code says. */
  readonly qr: string;
}

/** The QR code: version 3 at most, a quarter of it may be lost, quiet zone left to the drawing. */
const code = { ecc: "Q", border: 0 } as const;

/** The first four characters of the id, upper case: 20 of its 128 bits go on the air. */
export function ssidSuffix(id: string): string {
  return id.slice(0, 4).toUpperCase();
}

/** The network a unit opens during its set-up window. */
export function setUpNetwork(suffix: string): string {
  return `Thirteen-${suffix}`;
}

/**
 * `T13:1:<serial>:<password>:<ssid suffix>`: only characters of QR's alphanumeric mode (ISO/IEC
 * 18004, 7.4.4), which keeps the code small enough to print at 0.7 mm a module.
 */
export function labelPayload(content: LabelContent): string {
  return ["T13", "1", content.serial, content.password, content.ssidSuffix].join(":");
}

/** What a scanned code says, or undefined when it is not one of ours. */
export function parseLabelPayload(payload: string): LabelContent | undefined {
  const parts = /^T13:1:([0-9A-Z]{12}):([0-9A-Z]{16}):([0-9A-Z]{4})$/.exec(payload);
  const [, serial = "", password = "", suffix = ""] = parts ?? [];
  return normaliseSerial(serial) === serial && normalisePassword(password) === password
    ? { serial, password, ssidSuffix: suffix }
    : undefined;
}

/** Draws the label. About 3 ms, nearly all of it the QR code; PDF and ZPL when they are asked for. */
export function drawLabel(content: LabelContent): Label {
  const qr = labelPayload(content);
  const lines = {
    name: product.name,
    maker: `${product.maker} · ${product.model}`,
    password: formatPassword(content.password),
    network: setUpNetwork(content.ssidSuffix),
    serial: formatSerial(content.serial),
    support: product.supportEnd,
    contact: product.securityContact.replace(/^mailto:/, ""),
  };
  const drawing = { lines, modules: encode(qr, code).data };
  return {
    qr,
    drawing,
    svg: labelSvg(lines, drawing.modules),
    get zpl() {
      return labelZpl(lines, qr);
    },
    get pdf() {
      return labelPdf(drawing);
    },
    text: `${lines.name} (${lines.maker})

Set-up password      ${lines.password}
Set-up network       ${lines.network}
Serial               ${lines.serial}
Security updates to  ${lines.support}
Report a weakness    ${lines.contact}
Set-up code          ${qr}

${renderUnicodeCompact(qr, { ...code, border: 4 })}
`,
  };
}
