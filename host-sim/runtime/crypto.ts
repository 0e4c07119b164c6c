/** `Crypto` for code inside an engine: each call evaluates a fresh copy of the library. */

import curves from "factory:../../device/crypto/noble-curves.ts";
import symmetric from "factory:../../device/crypto/noble-symmetric.ts";
import type { Crypto } from "../../device/crypto/crypto.ts";

export const crypto: Crypto = { curves, symmetric };
