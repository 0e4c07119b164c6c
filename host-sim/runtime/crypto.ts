/** `Crypto` for code inside an engine: each call evaluates a fresh copy of the library. */
import ecdsa from "factory:../../device/crypto/noble-ecdsa.ts";
import hashes from "factory:../../device/crypto/noble-hashes.ts";
import points from "factory:../../device/crypto/noble-points.ts";
import signatures from "factory:../../device/crypto/noble-signatures.ts";
import signing from "factory:../../device/crypto/noble-signing.ts";
import symmetric from "factory:../../device/crypto/noble-symmetric.ts";
import type { Crypto } from "../../device/crypto/crypto.ts";

export const crypto: Crypto = { points, signatures, ecdsa, signing, symmetric, hashes };
