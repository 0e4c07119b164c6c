import { fromBase64url } from "../../device/platform/encoding.ts";
import { decodeText } from "../../device/platform/text.ts";
import { openAreas } from "../../device/storage/areas.ts";
import { receiptOf } from "../../device/wipe/receipt.ts";
import { WarningLight } from "../../device/wipe/warning-light.ts";
import {
  confirmWipe,
  finishWipe,
  handedOn,
  heirMark,
  mayClaim,
  readWipe,
  wipe,
} from "../../device/wipe/wipe.ts";
import { crypto } from "../crypto.ts";
import { FakePlatform } from "../fake-platform.ts";
import { type Phase, PowerGone } from "../nor-model.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Case } from "../suite.ts";

const canary = randomBytes(prng(50), 40);
const random = new Uint8Array(8).fill(9);
const begin = { cause: "order", at: 1_800_000_000, random } as const;
const heir = randomBytes(prng(51), 32);

/** PKCS#8 of a P-256 key (RFC 5958), without the public key. */
const privateKey = Uint8Array.from([
  ...[
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
  ],
  ...[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25],
  ...[0x02, 0x01, 0x01, 0x04, 0x20],
  ...randomBytes(prng(52), 32),
]);
const identity = { id: "0123456789abcdefghjkmnpqrs", certificate: [canary], privateKey };

const blank = (bytes: Uint8Array) => bytes.every((byte) => byte === 0xff);

export const wipeCases: Record<string, Case> = {
  "a wipe is done when the flash was read back, and only then is it vouched for"(check) {
    const fake = new FakePlatform();
    const areas = openAreas(fake.platform);
    areas.beginOwner().write("claim", canary);
    const done = wipe(areas, begin);
    check.ok(done.done && blank(fake.flash.owner.bytes));
    check.equal(readWipe(areas.system), done);
    check.equal(receiptOf({ ...done, done: false }, identity, "1", crypto), undefined);
  },
  "power cut at every write of a wipe: finished at the next start, the request for the services kept"(
    check,
  ) {
    let points = 0;
    for (let operation = 1; ; operation++) {
      let reached = false;
      for (const phase of ["before", "during", "after"] as const satisfies readonly Phase[])
        for (const area of ["system", "owner"] as const) {
          const fake = new FakePlatform();
          const areas = openAreas(fake.platform);
          areas.beginOwner().write("claim", canary);
          const key = areas.system.read("owner-key") as Uint8Array;
          const flash = fake.flash[area];
          flash.operations = 0;
          flash.cut = { operation, phase, random: prng(operation) };
          try {
            wipe(areas, begin);
          } catch (error) {
            if (!(error instanceof PowerGone)) throw error;
            reached = true;
            points++;
          }
          flash.restore();
          const next = openAreas(fake.platform);
          finishWipe(next);
          const begun = readWipe(next.system);
          if (begun === undefined) check.equal(next.owner()?.read("claim"), canary, "never begun");
          else {
            check.ok(begun.done && next.owner() === undefined, "finished");
            check.ok(blank(fake.flash.owner.bytes), "blank");
            check.ok(!includes(fake.flash.system.bytes, key), "the key is in no cell");
          }
        }
      if (!reached) break;
    }
    check.ok(points > 20, `${points} cut points`);
  },
  "the request waits until a service has answered it, and no other answer ends it"(check) {
    const fake = new FakePlatform();
    const areas = openAreas(fake.platform);
    areas.beginOwner().write("claim", canary);
    const { request } = wipe(areas, begin);
    check.equal(request, "0909090909090909");
    check.ok(!confirmWipe(areas.system, "0808080808080808"));
    check.ok(readWipe(openAreas(fake.platform).system) !== undefined, "after a restart");
    check.ok(confirmWipe(areas.system, request));
    check.equal(readWipe(areas.system), undefined);
  },
  "a device handed on is the next owner's to claim and nobody else's, until it is wiped by hand"(
    check,
  ) {
    const fake = new FakePlatform();
    const areas = openAreas(fake.platform);
    areas.beginOwner().write("claim", canary);
    wipe(areas, { ...begin, cause: "hand-over", heir: heirMark(heir, crypto) });
    check.ok(handedOn(areas.system));
    check.ok(mayClaim(areas.system, heir, crypto));
    check.ok(!mayClaim(areas.system, canary.subarray(0, 32), crypto));
    check.ok(!includes(fake.flash.system.bytes, heir), "her key is not kept before she comes");
    wipe(areas, { ...begin, cause: "button" });
    check.ok(mayClaim(areas.system, canary.subarray(0, 32), crypto), "freed by hand");
  },
  "the lamp warns, and is the product's again afterwards"(check) {
    const fake = new FakePlatform();
    const written: number[] = [];
    const light = new WarningLight(
      { write: (value) => void written.push(value) },
      fake.platform.timer,
    );
    light.write(1);
    light.warn();
    light.write(0);
    fake.pass(700);
    check.equal(written, [1, 1, 0, 1, 0, 1]);
    light.giveBack();
    check.equal(written[written.length - 1], 0, "what the product wanted meanwhile");
    fake.pass(1_000);
    check.equal(written.length, 7, "and it blinks no more");
  },
  "a receipt names the unit, the wipe and its time, and nothing of the owner"(check) {
    const fake = new FakePlatform();
    const areas = openAreas(fake.platform);
    areas.beginOwner().write("claim", canary);
    const done = wipe(areas, begin);
    const text = receiptOf(done, identity, "0.1.0", crypto) ?? "";
    const [header, payload, signature] = text.split(".").map(fromBase64url);
    check.equal(signature?.length, 64);
    check.equal(JSON.parse(decodeText(header as Uint8Array) ?? "").alg, "ES256");
    check.equal(JSON.parse(decodeText(payload as Uint8Array) ?? ""), {
      sub: identity.id,
      iat: begin.at,
      jti: done.request,
      cause: "order",
      firmware: "0.1.0",
      erased: "owner area: key and flash",
    });
  },
};

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    let same = 0;
    while (same < part.length && bytes[at + same] === part[same]) same++;
    if (same === part.length) return true;
  }
  return false;
}
