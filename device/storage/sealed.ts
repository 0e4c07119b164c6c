/**
 * Values sealed with ChaCha20-Poly1305 (RFC 8439) under one key, so that erasing 32 bytes erases
 * them all (EN 303 645 5.11-1). The key lies in the `system` area of the same flash: sealing is for
 * forgetting, and against nobody who reads the whole chip; that is what flash encryption is for.
 *
 * Value: nonce (12 bytes, random) and ciphertext. The name is authenticated, so that one value can
 * not be put in the place of another.
 */
import type { Crypto } from "../crypto/crypto.ts";
import { encodeText } from "../platform/text.ts";
import type { KeyValue } from "./key-value.ts";

const nonceLength = 12;

export function sealed(
  store: KeyValue,
  key: Uint8Array,
  crypto: Crypto,
  random: (byteLength: number) => Uint8Array,
): KeyValue {
  return {
    read(name) {
      const value = store.read(name);
      if (value === undefined || value.length < nonceLength) return undefined;
      const nonce = value.subarray(0, nonceLength);
      const cipher = crypto.symmetric().chacha20poly1305(key, nonce, encodeText(name));
      try {
        return cipher.decrypt(value.subarray(nonceLength));
      } catch {
        // Damaged, or sealed under a key that has been forgotten: the same as not there.
        return undefined;
      }
    },
    write(name, value) {
      const nonce = random(nonceLength);
      const cipher = crypto.symmetric().chacha20poly1305(key, nonce, encodeText(name));
      const ciphertext = cipher.encrypt(value);
      const bytes = new Uint8Array(nonceLength + ciphertext.length);
      bytes.set(nonce);
      bytes.set(ciphertext, nonceLength);
      store.write(name, bytes);
    },
    delete: (name) => store.delete(name),
    purge: (name) => store.purge(name),
    keys: () => store.keys(),
  };
}
