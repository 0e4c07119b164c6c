/**
 * A receipt that no wiped unit of this maker signed is none (EN 303 645 5.11-4): forged, altered, another
 * unit's or another maker's.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type Identity, readIdentity } from "../../device/storage/identity.ts";
import { receiptOf } from "../../device/wipe/receipt.ts";
import type { Wipe } from "../../device/wipe/wipe.ts";
import { NorFlash } from "../../host-sim/board/nor-flash.ts";
import { program } from "../../host-sim/desk/desk.ts";
import { areasOn } from "../../host-sim/fleet/claimed.ts";
import { readReceipt } from "../../host-sim/owner/receipt.ts";
import { openFactory } from "../../provisioning/factory.ts";
import { openServiceAuthority } from "../../provisioning/service-authority.ts";
import { crypto } from "../crypto.ts";

const folder = mkdtempSync(join(tmpdir(), "thirteen-receipt-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const done: Wipe = { cause: "order", at: 1_800_000_000, request: "r1", done: true };

/** Units of one maker, and its device CA. */
async function maker(name: string, count: number) {
  const passphrase = `of ${name} alone, made for this test`;
  const services = await openServiceAuthority({ folder: join(folder, `${name}-s`), passphrase });
  const factory = await openFactory({
    folder: join(folder, name),
    passphrase,
    serverAnchors: [services.serverAnchor],
  });
  const units: Identity[] = [];
  for await (const { identityImage } of factory.issue({ count })) {
    const flash = new NorFlash();
    await program(flash, identityImage);
    flash.powerOn();
    const identity = readIdentity(areasOn(flash).factory);
    if ("reason" in identity) throw new Error(identity.reason);
    units.push(identity);
  }
  await factory.close();
  return { units, anchor: factory.deviceAuthority.certificate };
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const parsed = (text = "") => JSON.parse(Buffer.from(text, "base64url").toString());

test("a receipt that is forged, altered, another unit's or another maker's is refused", async (t) => {
  const ours = await maker("ours", 2);
  const [unit, neighbour] = ours.units as [Identity, Identity];
  const theirs = await maker("theirs", 1);
  const [stranger] = theirs.units as [Identity];
  const receipt = (identity: Parameters<typeof receiptOf>[1]) =>
    receiptOf(done, identity, "1.0.0", crypto) as string;
  const read = (text: string) => readReceipt(text, ours.anchor, unit.id);
  const genuine = receipt(unit);
  t.like(read(genuine), { sub: unit.id, cause: "order" });

  const [header, payload, signature] = genuine.split(".") as [string, string, string];
  const altered = { ...parsed(payload), iat: done.at + 86_400 };
  t.is(read(`${header}.${part(altered)}.${signature}`), "wrong-signature", "another time");
  const bytes = Buffer.from(signature, "base64url");
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  t.is(read(`${header}.${payload}.${bytes.toString("base64url")}`), "wrong-signature", "one bit");
  t.is(read(`${header}.${payload}.`), "malformed", "no signature");
  t.is(read(`${header}.${part(null)}.${signature}`), "malformed", "JSON, but no receipt");
  t.is(read(`${part({ ...parsed(header), alg: "none" })}.${payload}.${signature}`), "wrong-type");
  t.is(read(`${part({ ...parsed(header), typ: "JWT" })}.${payload}.${signature}`), "wrong-type");
  t.is(read(receipt(neighbour)), "wrong-unit", "the neighbour's");
  t.is(read(receipt({ ...neighbour, id: unit.id })), "wrong-unit", "the neighbour in its name");
  t.is(read(receipt({ ...unit, id: neighbour.id })), "wrong-unit", "of itself in another's name");
  t.is(
    read(receipt({ ...neighbour, certificate: unit.certificate, id: unit.id })),
    "wrong-signature",
    "its certificate under another key",
  );
  t.is(read(receipt({ ...stranger, id: unit.id })), "not-of-this-maker", "another maker's");
});
