import test from "ava";
import { toPem } from "../../provisioning/certificate-authority.ts";
import { checkLabel } from "../../provisioning/check-label.ts";
import { drawLabel, ssidSuffix } from "../../provisioning/label.ts";
import { labelSheet } from "../../provisioning/label-pdf.ts";
import { scanLabel } from "../../provisioning/label-scan.ts";
import {
  securityLabel,
  securityLabelSvg,
  signSecurityLabel,
} from "../../provisioning/security-label.ts";
import { generateId, generateSerial } from "../../provisioning/serial.ts";
import { generatePassword } from "../../provisioning/set-up-password.ts";
import { signerPair } from "./line-fixture.ts";

const now = new Date("2027-01-01T00:00:00Z");

async function signedLabel() {
  const { signer, root, other } = await signerPair();
  const signed = signSecurityLabel(securityLabel(generateSerial()), signer);
  return { signed, key: Buffer.from(toPem("CERTIFICATE", root)), other, signer };
}

test("a retailer's check: the maker's label passes, and says what it says", async (t) => {
  const { signed, key, signer } = await signedLabel();
  const text = JSON.stringify(signed, null, 2);
  const verdict = checkLabel(text, key, now);
  t.like(verdict, { ok: true, label: signed.label });
  // The certificate of the station that signed will do as well.
  t.true(checkLabel(text, Buffer.from(toPem("CERTIFICATE", signer.certificate)), now).ok);
  t.notRegex(text, /T13:/);
});

test("a label with an altered support date, serial, contact or key is refused", async (t) => {
  const { signed, key, other } = await signedLabel();
  const { label } = signed;
  t.true(checkLabel(JSON.stringify(signed), key, now).ok);
  const altered = [
    { ...label, support: { ...label.support, end: "2041-10-31" } },
    { ...label, serial: generateSerial() },
    { ...label, vulnerabilities: { ...label.vulnerabilities, contact: "someone@else.example" } },
    { ...label, data: label.data.slice(1) },
    { ...label, sample: !label.sample },
  ];
  for (const one of altered)
    t.like(checkLabel(JSON.stringify({ ...signed, label: one }), key, now), {
      ok: false,
      reason: "signature-does-not-verify",
    });
  const stranger = Buffer.from(toPem("CERTIFICATE", other));
  t.like(checkLabel(JSON.stringify(signed), stranger, now), {
    reason: "signature-does-not-verify",
  });
});

test("support that has ended, and what is no label, are refused", async (t) => {
  const { signed, key } = await signedLabel();
  const text = JSON.stringify(signed);
  const lastDay = new Date(`${signed.label.support.end}T23:00:00Z`);
  t.true(checkLabel(text, key, lastDay).ok);
  const dayAfter = new Date(lastDay.getTime() + 2 * 3_600_000);
  t.like(checkLabel(text, key, dayAfter), { reason: "support-has-ended" });
  for (const hostile of [
    "",
    "{",
    "[]",
    "null",
    '{"label":{"v":1}}',
    "x".repeat(70_000),
    text.slice(1),
  ])
    t.like(checkLabel(hostile, key, now), { reason: "not-a-security-label" });
  t.throws(() => checkLabel(text, Buffer.from("no key"), now), { message: /ask the maker/ });
});

test("the security label as a picture quotes what it is given and holds nothing secret", (t) => {
  const drawn = securityLabelSvg({ ...securityLabel(), product: '<script>"&' });
  t.notRegex(drawn, /<script|style=|href/);
  t.true(drawn.includes(securityLabel().support.end));
});

test("SVG, PDF and ZPL carry the same code, read back from what was drawn", (t) => {
  for (let index = 0; index < 5; index++) {
    const content = {
      serial: generateSerial(),
      password: generatePassword(),
      ssidSuffix: ssidSuffix(generateId()),
    };
    const label = drawLabel(content);
    t.is(scanLabel(Buffer.from(label.svg), "svg"), label.qr);
    t.is(scanLabel(label.pdf, "pdf"), label.qr);
    t.is(scanLabel(Buffer.from(label.zpl), "zpl"), label.qr);
    // The control: another unit's picture is another code; half a picture is none.
    t.not(scanLabel(drawLabel({ ...content, password: generatePassword() }).pdf, "pdf"), label.qr);
    t.is(scanLabel(Buffer.from(label.svg.slice(0, 900)), "svg"), undefined);
  }
});

test("a PDF's table of objects points at its objects", (t) => {
  const draw = () =>
    drawLabel({ serial: generateSerial(), password: generatePassword(), ssidSuffix: "0000" })
      .drawing;
  const pdf = labelSheet(Array.from({ length: 31 }, draw)).toString("latin1");
  const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(pdf)?.[1]);
  t.true(pdf.startsWith("xref\n", start));
  const rows = pdf.slice(start).match(/^\d{10} 00000 n $/gm) ?? [];
  t.is((pdf.match(/\/Type \/Page\b(?!s)/g) ?? []).length, 2);
  for (const [index, row] of rows.entries())
    t.true(pdf.startsWith(`${index + 1} 0 obj\n`, Number(row.slice(0, 10))), row);
});
