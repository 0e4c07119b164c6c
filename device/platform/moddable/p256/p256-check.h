/*
 * Verification of ECDSA on P-256 with SHA-256 (FIPS 186-5 section 6.4.2) on mbedTLS's PSA interface (3.6
 * or 4.x). The same verdict as device/crypto/noble-ecdsa.ts on every input: that is the reference, and
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

#endif
