/** The crypto port for suites: noble as it is, kept loaded. */
import type { Crypto } from "../device/crypto/crypto.ts";
import * as curves from "../device/crypto/noble-curves.ts";
import * as symmetric from "../device/crypto/noble-symmetric.ts";

export const crypto: Crypto = { curves: () => curves, symmetric: () => symmetric };
