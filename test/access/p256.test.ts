/** Our copy of the domain parameters against noble's, which the device is too small to import. */

import { weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { p256 } from "@noble/curves/nist.js";
import test from "ava";
import { P256 } from "../../device/crypto/noble-points.ts";
import { prng, randomBytes } from "../prng.ts";

const ours = P256.CURVE();
const theirs = p256.Point.CURVE();
const parameters = ["p", "a", "b", "Gx", "Gy", "n", "h"] as const;

test("the parameters of P-256 are noble's, one by one", (t) => {
  for (const name of parameters) t.is(ours[name], theirs[name], name);
  t.deepEqual(Object.keys(theirs).sort(), [...parameters].sort(), "and there are no others");
});

test("multiples of any point are noble's", (t) => {
  const random = prng(9);
  for (let round = 0; round < 20; round++) {
    const scalar = P256.Fn.create(
      BigInt(`0x${Buffer.from(randomBytes(random, 32)).toString("hex")}`),
    );
    const point = P256.BASE.multiply(scalar);
    t.is(point.toHex(false), p256.Point.BASE.multiply(scalar).toHex(false));
    const again = p256.Point.fromHex(point.toHex(false)).multiply(scalar);
    t.is(point.multiply(scalar).toHex(false), again.toHex(false));
  }
});

test("control: other parameters are noticed, if not here then by noble", (t) => {
  for (const name of ["p", "a", "b", "Gx", "Gy"] as const)
    t.throws(() => weierstrass({ ...ours, [name]: ours[name] - 2n }), undefined, name);
  const other = weierstrass({ ...ours, n: ours.n - 2n });
  t.not(other.CURVE().n, theirs.n, "the order only by the comparison");
});
