import { beginResponse, finishResponse, respond } from "../../device/access/spake2plus.ts";
import {
  decodePoint,
  keySchedule,
  pointM,
  scalarFrom,
  transcript,
} from "../../device/access/spake2plus-schedule.ts";
import { equalBytes, fromHex, toHex } from "../../device/platform/encoding.ts";
import { startProver } from "../../provisioning/spake2plus-prover.ts";
import { crypto } from "../crypto.ts";
import type { Case } from "../suite.ts";
import { hashes, made, points, proverOf, rehearse, wrongSecret } from "./rehearsal.ts";

const bytes = (hex: string) => fromHex(hex) as Uint8Array;

/** RFC 9383 appendix C, "SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256 Test Vectors". */
const vector = {
  context: "SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256 Test Vectors",
  idProver: "client",
  idVerifier: "server",
  w0: "bb8e1bbcf3c48f62c08db243652ae55d3e5586053fca77102994f23ad95491b3",
  w1: "7e945f34d78785b8a3ef44d0df5a1a97d6b3b460409a345ca7830387a74b1dba",
  L: "04eb7c9db3d9a9eb1f8adab81b5794c1f13ae3e225efbe91ea487425854c7fc00f00bfedcbd09b2400142d40a14f2064ef31dfaa903b91d1faea7093d835966efd",
  x: "d1232c8e8693d02368976c174e2088851b8365d0d79a9eee709c6a05a2fad539",
  shareP:
    "04ef3bd051bf78a2234ec0df197f7828060fe9856503579bb1733009042c15c0c1de127727f418b5966afadfdd95a6e4591d171056b333dab97a79c7193e341727",
  y: "717a72348a182085109c8d3917d6c43d59b224dc6a7fc4f0483232fa6516d8b3",
  shareV:
    "04c0f65da0d11927bdf5d560c69e1d7d939a05b0e88291887d679fcadea75810fb5cc1ca7494db39e82ff2f50665255d76173e09986ab46742c798a9a68437b048",
  Z: "04bbfce7dd7f277819c8da21544afb7964705569bdf12fb92aa388059408d50091a0c5f1d3127f56813b5337f9e4e67e2ca633117a4fbd559946ab474356c41839",
  V: "0458bf27c6bca011c9ce1930e8984a797a3419797b936629a5a937cf2f11c8b9514b82b993da8a46e664f23db7c01edc87faa530db01c2ee405230b18997f16b68",
  TT: "38000000000000005350414b45322b2d503235362d5348413235362d484b44462d5348413235362d484d41432d534841323536205465737420566563746f72730600000000000000636c69656e740600000000000000736572766572410000000000000004886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f5ff355163e43ce224e0b0e65ff02ac8e5c7be09419c785e0ca547d55a12e2d20410000000000000004d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b4907d60aa6bfade45008a636337f5168c64d9bd36034808cd564490b1e656edbe7410000000000000004ef3bd051bf78a2234ec0df197f7828060fe9856503579bb1733009042c15c0c1de127727f418b5966afadfdd95a6e4591d171056b333dab97a79c7193e341727410000000000000004c0f65da0d11927bdf5d560c69e1d7d939a05b0e88291887d679fcadea75810fb5cc1ca7494db39e82ff2f50665255d76173e09986ab46742c798a9a68437b048410000000000000004bbfce7dd7f277819c8da21544afb7964705569bdf12fb92aa388059408d50091a0c5f1d3127f56813b5337f9e4e67e2ca633117a4fbd559946ab474356c4183941000000000000000458bf27c6bca011c9ce1930e8984a797a3419797b936629a5a937cf2f11c8b9514b82b993da8a46e664f23db7c01edc87faa530db01c2ee405230b18997f16b682000000000000000bb8e1bbcf3c48f62c08db243652ae55d3e5586053fca77102994f23ad95491b3",
  confirmP: "926cc713504b9b4d76c9162ded04b5493e89109f6d89462cd33adc46fda27527",
  confirmV: "9747bcc4f8fe9f63defee53ac9b07876d907d55047e6ff2def2e7529089d3e68",
  sharedKey: "0c5f8ccd1413423a54f6c1fb26ff01534a87f893779c6e68666d772bfd91f3e7",
};

const { context, idProver, idVerifier } = vector;
const parties = { context, idProver, idVerifier };
const vectorRun = { ...parties, w0: bytes(vector.w0), L: bytes(vector.L) };

/** A point whose y is off by one, unless `point` was off the curve before. */
function offCurve(point: Uint8Array): Uint8Array {
  const moved = point.slice();
  moved[64] = (moved[64] as number) ^ 1;
  return moved;
}

export const cases: Record<string, Case> = {
  "RFC 9383 vector: the verifier's share, both confirmations and the key"(check) {
    const response = made(respond(crypto, vectorRun, bytes(vector.shareP), bytes(vector.y)));
    check.equal(toHex(response.shareV), vector.shareV, "shareV");
    check.equal(toHex(response.confirmV), vector.confirmV, "confirmV");
    check.equal(toHex(response.expectedConfirmP), vector.confirmP, "confirmP");
    check.equal(toHex(response.sharedKey), vector.sharedKey, "K_shared");
  },

  "RFC 9383 vector: the transcript, byte for byte, and the schedule over it"(check) {
    const exchange = {
      shareP: bytes(vector.shareP),
      shareV: bytes(vector.shareV),
      Z: bytes(vector.Z),
      V: bytes(vector.V),
      w0: bytes(vector.w0),
    };
    check.equal(toHex(transcript(parties, exchange)), vector.TT, "TT");
    const keys = keySchedule(hashes, parties, exchange);
    check.equal(toHex(keys.sharedKey), vector.sharedKey, "K_shared");
    // Control: one bit of Z, and nothing of it matches.
    const other = keySchedule(hashes, parties, { ...exchange, Z: offCurve(exchange.Z) });
    check.ok(!equalBytes(other.sharedKey, keys.sharedKey), "Z is part of the key");
  },

  "RFC 9383 vector: the prover's share and confirmation"(check) {
    const secret = { w0: bytes(vector.w0), w1: bytes(vector.w1) };
    const prover = startProver(parties, secret, bytes(vector.x));
    check.equal(toHex(prover.shareP), vector.shareP, "shareP");
    const proof = made(prover.prove(bytes(vector.shareV), bytes(vector.confirmV)));
    check.equal(toHex(proof.confirmP), vector.confirmP, "confirmP");
    check.equal(toHex(proof.sharedKey), vector.sharedKey, "K_shared");
  },

  "the right password: both ends have one key"(check) {
    const unit = rehearse(1);
    const prover = proverOf(unit);
    const response = made(respond(crypto, unit.run, prover.shareP, unit.random(40)));
    const proof = made(prover.prove(response.shareV, response.confirmV));
    check.equal(proof.confirmP, response.expectedConfirmP, "confirmP");
    check.equal(proof.sharedKey, response.sharedKey, "K_shared");
  },

  "a wrong password, another unit and another protocol all fail the confirmation"(check) {
    const unit = rehearse(2);
    const attempts = {
      "wrong w0": startProver(unit.run, wrongSecret(unit), unit.random(40)),
      // w0 alone is what a stolen flash gives: without w1 it opens nothing.
      "stolen verifier": startProver(
        unit.run,
        { w0: unit.secret.w0, w1: rehearse(3).secret.w1 },
        unit.random(40),
      ),
      "other unit": startProver(
        { ...unit.run, idVerifier: "T13-0002" },
        unit.secret,
        unit.random(40),
      ),
      "other version": startProver(
        { ...unit.run, context: "thirteen set-up v0" },
        unit.secret,
        unit.random(40),
      ),
    };
    for (const [name, prover] of Object.entries(attempts)) {
      const response = made(respond(crypto, unit.run, prover.shareP, unit.random(40)));
      const proof = prover.prove(response.shareV, response.confirmV);
      check.equal(proof, "wrong-confirmation", name);
    }
  },

  "a recorded confirmation does not open another session"(check) {
    const unit = rehearse(4);
    const prover = proverOf(unit);
    const y = unit.random(40);
    const recorded = made(respond(crypto, unit.run, prover.shareP, y));
    const fresh = made(respond(crypto, unit.run, prover.shareP, unit.random(40)));
    check.ok(
      !equalBytes(fresh.expectedConfirmP, recorded.expectedConfirmP),
      "fresh y, fresh confirmation",
    );
    // Control: a device whose randomness repeats would take the recording.
    const repeated = made(respond(crypto, unit.run, prover.shareP, y));
    check.equal(repeated.expectedConfirmP, recorded.expectedConfirmP, "with the y of before");
  },

  "the device's own confirmation sent back is not the prover's"(check) {
    const unit = rehearse(5);
    const reflected = made(respond(crypto, unit.run, proverOf(unit).shareP, unit.random(40)));
    check.ok(!equalBytes(reflected.confirmV, reflected.expectedConfirmP), "reflected confirmV");
    // Reflecting the share as well: the impostor sends the owner her own X back as Y.
    const prover = proverOf(unit);
    check.equal(prover.prove(prover.shareP, reflected.confirmV), "wrong-confirmation", "shareP");
  },

  "points that are not points of the group are refused"(check) {
    const unit = rehearse(6);
    const { shareP } = proverOf(unit);
    const hostile = {
      "identity, as SEC 1 writes it": Uint8Array.of(0),
      "identity, padded": new Uint8Array(65),
      "all zero": Uint8Array.of(4, ...new Uint8Array(64)),
      "off the curve": offCurve(shareP),
      compressed: points.P256.fromBytes(shareP).toBytes(true),
      "hybrid form": Uint8Array.of(6, ...shareP.subarray(1)),
      "x not below the field prime": Uint8Array.of(
        4,
        ...new Uint8Array(32).fill(255),
        ...shareP.subarray(33),
      ),
      "one byte more": Uint8Array.of(...shareP, 0),
      "one byte less": shareP.subarray(0, 64),
      empty: new Uint8Array(0),
    };
    for (const [name, share] of Object.entries(hostile)) {
      check.equal(respond(crypto, unit.run, share, unit.random(40)), "bad-share", name);
      check.equal(proverOf(unit).prove(share, new Uint8Array(32)), "bad-share", `${name}, prover`);
    }
    // Control: without the curve check the same coordinates make a "point".
    const { x, y } = points.P256.fromBytes(shareP).toAffine();
    const unchecked = points.P256.fromAffine({ x, y: y ^ 1n });
    check.throws(() => unchecked.assertValidity(), "the unchecked point is off the curve");
    check.ok(decodePoint(points, shareP), "the honest share is accepted");
  },

  "a share that cancels the password out is refused"(check) {
    const unit = rehearse(7);
    const w0 = scalarFrom(points, unit.secret.w0) as bigint;
    const cancelling = pointM(points).multiply(w0).toBytes(false);
    check.equal(respond(crypto, unit.run, cancelling, unit.random(40)), "bad-share", "X = w0*M");
    // Control: the same share means nothing to a unit with another w0.
    const other = rehearse(8);
    made(respond(crypto, other.run, cancelling, unit.random(40)));
  },

  "a damaged verifier and poor randomness are refused, not thrown"(check) {
    const unit = rehearse(9);
    const { shareP } = proverOf(unit);
    const bad = (run: Partial<typeof unit.run>) =>
      respond(crypto, { ...unit.run, ...run }, shareP, unit.random(40));
    check.equal(bad({ w0: new Uint8Array(32) }), "bad-verifier", "w0 zero");
    check.equal(bad({ w0: new Uint8Array(31).fill(1) }), "bad-verifier", "w0 short");
    check.equal(bad({ L: offCurve(unit.run.L) }), "bad-verifier", "L off the curve");
    check.equal(bad({ L: new Uint8Array(65).fill(255) }), "bad-verifier", "L erased flash");
    check.equal(respond(crypto, unit.run, shareP, new Uint8Array(31)), "bad-random", "short");
    check.equal(respond(crypto, unit.run, shareP, new Uint8Array(40)), "bad-random", "zero");
  },

  "the answer in two halves is the answer in one"(check) {
    const unit = rehearse(10);
    const { shareP } = proverOf(unit);
    const y = unit.random(40);
    const begun = made(beginResponse(points, unit.run, shareP, y));
    check.equal(
      made(finishResponse(crypto, begun)),
      made(respond(crypto, unit.run, shareP, y)),
      "response",
    );
  },
};
