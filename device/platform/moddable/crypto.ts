/** `Crypto` on the chip: the code lies in flash, and each call makes a copy of the library in RAM. */
import ecdsa from "factory:../../crypto/noble-ecdsa.ts";
import hashes from "factory:../../crypto/noble-hashes.ts";
import points from "factory:../../crypto/noble-points.ts";
import signatures from "factory:../../crypto/noble-signatures.ts";
import symmetric from "factory:../../crypto/noble-symmetric.ts";
import type { Crypto } from "../../crypto/crypto.ts";

export const crypto: Crypto = { points, signatures, ecdsa, symmetric, hashes };
