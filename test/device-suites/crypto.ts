/** The crypto port for suites on the SDK's engine: as the firmware has it there, ECDSA native, noble kept loaded. */
import type { Crypto } from "../../device/crypto/crypto.ts";
import { crypto as noble } from "../../device/crypto/noble.ts";
import { nativeEcdsa, nativeSigning } from "../../device/platform/moddable/p256/p256-native.ts";

export const crypto: Crypto = { ...noble, ecdsa: () => nativeEcdsa, signing: () => nativeSigning };
