/* See p256-check.h. */
#include "p256-check.h"

#include <string.h>

#if defined(ESP_PLATFORM)
/* The settings that the image's own mbedTLS is built with. */
#define MBEDTLS_CONFIG_FILE "mbedtls/esp_config.h"
#define TF_PSA_CRYPTO_USER_CONFIG_FILE "mbedtls/esp_config.h"
#endif
#include <mbedtls/build_info.h>
#include <psa/crypto.h>

#if !defined(PSA_WANT_ECC_SECP_R1_256) || !defined(PSA_WANT_ALG_SHA_256) || !defined(PSA_WANT_ALG_ECDSA)
#error "P-256, SHA-256 and ECDSA are needed of mbedTLS's PSA"
#endif
#if !defined(PSA_WANT_ALG_DETERMINISTIC_ECDSA)
#error "deterministic ECDSA is needed of mbedTLS's PSA: a receipt must not hang on a good random number"
#endif

#define SCALAR_LENGTH 32
/* What a DER signature has at most: two integers of 33 bytes, three headers of two. */
#define DER_LIMIT 72

/* The order of the group: SEC 2 section 2.4.2. */
static const uint8_t order[SCALAR_LENGTH] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51
};

/*
 * One INTEGER off the front of `*rest` into 32 bytes: positive, in as few bytes as it takes (X.690
 * 8.3.2). How many bytes it took, or 0. Nothing here is secret, so nothing runs in constant time.
 */
static size_t takeInteger(const uint8_t *rest, size_t length, uint8_t scalar[SCALAR_LENGTH])
{
	const uint8_t *digits = rest + 2;
	size_t count;

	if (length < 3 || rest[0] != 0x02)
		return 0;
	count = rest[1];
	if (count < 1 || count > SCALAR_LENGTH + 1 || count > length - 2)
		return 0;
	if (digits[0] & 0x80)
		return 0;
	if (count > 1 && digits[0] == 0 && !(digits[1] & 0x80))
		return 0;
	if (count > SCALAR_LENGTH && digits[0] != 0)
		return 0;
	memset(scalar, 0, SCALAR_LENGTH);
	if (count > SCALAR_LENGTH)
		memcpy(scalar, digits + 1, SCALAR_LENGTH);
	else
		memcpy(scalar + SCALAR_LENGTH - count, digits, count);
	return count + 2;
}

/* 1 <= scalar < n: FIPS 186-5 section 6.4.2, step 1. */
static int inRange(const uint8_t scalar[SCALAR_LENGTH])
{
	static const uint8_t zero[SCALAR_LENGTH];
	return memcmp(scalar, zero, SCALAR_LENGTH) != 0 && memcmp(scalar, order, SCALAR_LENGTH) < 0;
}

/* r and s from a SEQUENCE of two INTEGERs and nothing else. */
static int scalarsOf(const uint8_t *der, size_t length, uint8_t scalars[2 * SCALAR_LENGTH])
{
	size_t r, s;

	if (length < 8 || length > DER_LIMIT || der[0] != 0x30 || der[1] != length - 2)
		return 0;
	r = takeInteger(der + 2, length - 2, scalars);
	if (!r)
		return 0;
	s = takeInteger(der + 2 + r, length - 2 - r, scalars + SCALAR_LENGTH);
	return s && r + s == length - 2 && inRange(scalars) && inRange(scalars + SCALAR_LENGTH);
}

int p256Verify(const uint8_t *signature, size_t signatureLength, const uint8_t *message,
	size_t messageLength, const uint8_t *key, size_t keyLength)
{
	const psa_algorithm_t algorithm = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_key_id_t id = 0;
	psa_status_t status;
	uint8_t scalars[2 * SCALAR_LENGTH];

	/* The compressed and the hybrid form are for others. */
	if (keyLength != P256_KEY_LENGTH || key[0] != 0x04)
		return 0;
	if (!scalarsOf(signature, signatureLength, scalars))
		return 0;
	if (psa_crypto_init() != PSA_SUCCESS)
		return 0;
	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_bits(&attributes, 256);
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_MESSAGE);
	psa_set_key_algorithm(&attributes, algorithm);
	/* Refuses coordinates that are not below p, and points off the curve (SP 800-186 D.1.1). */
	if (psa_import_key(&attributes, key, keyLength, &id) != PSA_SUCCESS)
		return 0;
	status = psa_verify_message(id, algorithm, message, messageLength, scalars, sizeof scalars);
	(void)psa_destroy_key(id);
	return status == PSA_SUCCESS;
}

int p256Sign(const uint8_t *message, size_t messageLength, const uint8_t *scalar, size_t scalarLength,
	uint8_t signature[P256_SIGNATURE_LENGTH])
{
	const psa_algorithm_t algorithm = PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256);
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_key_id_t id = 0;
	psa_status_t status;
	size_t length = 0;

	if (scalarLength != SCALAR_LENGTH || psa_crypto_init() != PSA_SUCCESS)
		return 0;
	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_bits(&attributes, 256);
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
	psa_set_key_algorithm(&attributes, algorithm);
	if (psa_import_key(&attributes, scalar, scalarLength, &id) != PSA_SUCCESS)
		return 0;
	status = psa_sign_message(id, algorithm, message, messageLength, signature, P256_SIGNATURE_LENGTH, &length);
	/* Wipes the copy that it holds. */
	(void)psa_destroy_key(id);
	return status == PSA_SUCCESS && length == P256_SIGNATURE_LENGTH;
}
