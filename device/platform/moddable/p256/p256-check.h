/*
 * ECDSA on P-256 with SHA-256 (FIPS 186-5 section 6.4.2) on mbedTLS's PSA interface (3.6
 * or 4.x): the check of a signature, and the device's own one. The same verdict as device/crypto/noble-ecdsa.ts on every input: that is the reference, and
 * test/p256-native holds the two against each other. A fraction of the time, and no JavaScript heap.
 */
#ifndef THIRTEEN_P256_CHECK_H
#define THIRTEEN_P256_CHECK_H

#include <stddef.h>
#include <stdint.h>

/** An uncompressed point, SEC 1 section 2.3.3. */
#define P256_KEY_LENGTH 65

/**
 * 1 when `signature` over `message` was made with the key, 0 for anything else: hostile input, a key that
 * is no point of the curve, and memory that did not suffice for the check alike. Keeps nothing.
 * `signature` is DER (RFC 3279 section 2.2.3) in its one canonical form; s may be high or low.
 */
int p256Verify(const uint8_t *signature, size_t signatureLength, const uint8_t *message,
	size_t messageLength, const uint8_t *key, size_t keyLength);

/** r and s (RFC 7518 section 3.4). */
#define P256_SIGNATURE_LENGTH 64

/**
 * Signs as device/crypto/noble-signing.ts does, to the byte: deterministic (RFC 6979), s high or low. 0 when the scalar
 * is no key of the curve, or memory did not suffice. Keeps nothing.
 */
int p256Sign(const uint8_t *message, size_t messageLength, const uint8_t *scalar, size_t scalarLength,
	uint8_t signature[P256_SIGNATURE_LENGTH]);

#endif
