/* See tls-session.h. */
#include "tls-session.h"

#include <stdlib.h>
#include <string.h>

#if defined(ESP_PLATFORM)
/* The settings that the image's own mbedTLS is built with. */
#define MBEDTLS_CONFIG_FILE "mbedtls/esp_config.h"
#define TF_PSA_CRYPTO_USER_CONFIG_FILE "mbedtls/esp_config.h"
#endif
#include <mbedtls/build_info.h>
#include <mbedtls/error.h>
#if __has_include(<mbedtls/oid.h>)
#include <mbedtls/oid.h> /* 3.6 names the X.509 extensions here */
#endif
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>

/* A library built without one of these would verify less, silently. */
#if MBEDTLS_VERSION_NUMBER < 0x03060000
#error "mbedTLS 3.6 or later is needed"
#endif
#if !defined(MBEDTLS_HAVE_TIME_DATE)
#error "MBEDTLS_HAVE_TIME_DATE is needed: without it certificates never expire"
#endif
#if !defined(MBEDTLS_SSL_PROTO_TLS1_3) || !defined(MBEDTLS_SSL_PROTO_TLS1_2)
#error "TLS 1.3 and 1.2 are both needed"
#endif
#if !defined(MBEDTLS_SSL_SERVER_NAME_INDICATION) || !defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
#error "MBEDTLS_SSL_SERVER_NAME_INDICATION and MBEDTLS_SSL_KEEP_PEER_CERTIFICATE are needed"
#endif

#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/psa_util.h>
#define TLS_RANDOM mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE
#define TLS_PARSE_KEY(key, der) \
	mbedtls_pk_parse_key(key, (der).bytes, (der).length, NULL, 0, TLS_RANDOM)
#else
#define TLS_PARSE_KEY(key, der) mbedtls_pk_parse_key(key, (der).bytes, (der).length, NULL, 0)
#endif

typedef struct {
	size_t length;
	uint8_t bytes[TLS_WRITE_LIMIT];
} Queue;

#if TLS_LEAVING_LIMIT != TLS_WRITE_LIMIT || TLS_ARRIVED_LIMIT != TLS_WRITE_LIMIT
#error "one queue size for all three"
#endif

/*
 * A write that mbedTLS cannot finish is a trap: when it handles a message of the server before the
 * write is repeated (a ticket, a HelloRequest), it sends the rest by itself and then encrypts the
 * same bytes again, or counts other bytes as sent. So it is only entered when what it may produce
 * fits: PIECE bytes of plaintext with their record, or an alert.
 */
#define PIECE 1024
#define RECORD_OVERHEAD 64
#define ALERT_RECORD 64

struct TlsSession {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_x509_crt anchors;
	mbedtls_x509_crt chain;
	mbedtls_pk_context key;
	uint8_t *keyBytes;   /* PKCS#8, until the first step */
	size_t keyLength;
	TlsTicket *ticket;
	uint8_t scope[32];
	TlsReason reason;
	uint8_t open;
	uint8_t ended;       /* the wire has ended */
	uint8_t keeps;       /* a ticket of TLS 1.2 is to be kept */
	Queue arrived;       /* ciphertext */
	Queue leaving;       /* ciphertext */
	Queue plain;         /* to be sent */
};

/*
 * RFC 9325 4.2 and RFC 8446 B.4: forward secret and authenticated, nothing else. No ECDHE_RSA for
 * TLS 1.2: mbedTLS offers PSS because 1.3 needs it, and then fails when a 1.2 server takes it up.
 */
static const int suites[] = {
	MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	0
};

static const uint16_t groups[] = {
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_NONE
};

static const uint16_t signatures[] = {
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
	/* in certificates only */
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
	MBEDTLS_TLS1_3_SIG_NONE
};

/* --- reasons ---------------------------------------------------------------------------------- */

const char *tlsReasonText(TlsReason reason)
{
	static const char *const texts[] = {
		"fine", "bad-settings", "no-memory", "untrusted", "wrong-name", "expired", "not-yet-valid",
		"weak", "wrong-usage", "version", "alert", "protocol", "truncated", "closed"
	};
	return ((size_t)reason < sizeof texts / sizeof *texts) ? texts[reason] : "protocol";
}

/* The gravest first: an untrusted certificate's dates and names mean nothing. */
static TlsReason reasonOfFlags(uint32_t flags)
{
	if (flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY))
		return TLS_WEAK;
	if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
		return TLS_UNTRUSTED;
	if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH)
		return TLS_WRONG_NAME;
	if (flags & MBEDTLS_X509_BADCERT_EXPIRED)
		return TLS_EXPIRED;
	if (flags & MBEDTLS_X509_BADCERT_FUTURE)
		return TLS_NOT_YET_VALID;
	if (flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
			MBEDTLS_X509_BADCERT_NS_CERT_TYPE))
		return TLS_WRONG_USAGE;
	return TLS_UNTRUSTED;
}

/* Four names for one thing; in 4.x they are one number, so no switch can hold them. */
static int isMemoryError(int error)
{
	return error == MBEDTLS_ERR_SSL_ALLOC_FAILED || error == MBEDTLS_ERR_X509_ALLOC_FAILED ||
		error == MBEDTLS_ERR_PK_ALLOC_FAILED || error == PSA_ERROR_INSUFFICIENT_MEMORY;
}

static TlsReason reasonOfError(TlsSession *session, int error)
{
	uint32_t flags = mbedtls_ssl_get_verify_result(&session->ssl);

	if (isMemoryError(error))
		return TLS_NO_MEMORY;
	switch (error) {
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
		return TLS_CLOSED;
	case MBEDTLS_ERR_SSL_CONN_EOF:
		return TLS_TRUNCATED;
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		return TLS_ALERT;
	case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
	case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
		return TLS_VERSION;
	case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
	case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
		/* 0xFFFFFFFF: no verdict was reached */
		return (flags && flags != UINT32_MAX) ? reasonOfFlags(flags) : TLS_UNTRUSTED;
	default:
		return session->ended ? TLS_TRUNCATED : TLS_PROTOCOL;
	}
}

static TlsNext die(TlsSession *session, TlsReason reason)
{
	if (session->reason == TLS_FINE)
		session->reason = reason;
	session->open = 0;
	return TLS_DEAD;
}

/* --- queues ----------------------------------------------------------------------------------- */

static size_t roomIn(const Queue *queue)
{
	return sizeof queue->bytes - queue->length;
}

static size_t push(Queue *queue, const uint8_t *bytes, size_t length)
{
	if (length > roomIn(queue))
		length = roomIn(queue);
	memcpy(queue->bytes + queue->length, bytes, length);
	queue->length += length;
	return length;
}

static void drop(Queue *queue, size_t length)
{
	queue->length -= length;
	memmove(queue->bytes, queue->bytes + length, queue->length);
	mbedtls_platform_zeroize(queue->bytes + queue->length, length);
}

static size_t pull(Queue *queue, uint8_t *bytes, size_t length)
{
	if (length > queue->length)
		length = queue->length;
	memcpy(bytes, queue->bytes, length);
	drop(queue, length);
	return length;
}

static int sendToQueue(void *context, const unsigned char *bytes, size_t length)
{
	size_t moved = push(&((TlsSession *)context)->leaving, bytes, length);
	return moved ? (int)moved : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int receiveFromQueue(void *context, unsigned char *bytes, size_t length)
{
	TlsSession *session = context;
	size_t moved = pull(&session->arrived, bytes, length);
	if (moved)
		return (int)moved;
	return session->ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
}

size_t tlsFeed(TlsSession *session, const uint8_t *bytes, size_t length)
{
	return push(&session->arrived, bytes, length);
}

size_t tlsRoom(const TlsSession *session)
{
	return roomIn(&session->arrived);
}

size_t tlsPending(const TlsSession *session)
{
	return session->arrived.length;
}

void tlsFinish(TlsSession *session)
{
	session->ended = 1;
}

size_t tlsDrain(TlsSession *session, uint8_t *bytes, size_t limit)
{
	return pull(&session->leaving, bytes, limit);
}

size_t tlsLeaving(const TlsSession *session)
{
	return session->leaving.length;
}

/* --- verification ----------------------------------------------------------------------------- */

/*
 * mbedTLS falls back to the common name when a certificate has no subject alternative name;
 * RFC 9525 6.3 forbids that. Flags may only be added here, never cleared.
 */
static int guardLeaf(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
	(void)context;
	if (depth == 0 && !mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME))
		*flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
	return 0;
}

/* --- opening ---------------------------------------------------------------------------------- */

static void hashBytes(psa_hash_operation_t *hash, const void *bytes, size_t length, psa_status_t *status)
{
	uint8_t prefix[4] = { (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length };
	if (*status == PSA_SUCCESS)
		*status = psa_hash_update(hash, prefix, sizeof prefix);
	if (*status == PSA_SUCCESS)
		*status = psa_hash_update(hash, bytes, length);
}

/* SHA-256 over everything a resumption must not cross; the key is vouched for by its certificate. */
static int scopeOf(const TlsSettings *settings, uint8_t scope[32])
{
	psa_hash_operation_t hash = PSA_HASH_OPERATION_INIT;
	psa_status_t status = psa_hash_setup(&hash, PSA_ALG_SHA_256);
	size_t i, length = 0;

	hashBytes(&hash, settings->serverName, strlen(settings->serverName), &status);
	for (i = 0; i < settings->anchorCount; i++)
		hashBytes(&hash, settings->anchors[i].bytes, settings->anchors[i].length, &status);
	for (i = 0; i < settings->chainCount; i++)
		hashBytes(&hash, settings->chain[i].bytes, settings->chain[i].length, &status);
	if (status == PSA_SUCCESS)
		status = psa_hash_finish(&hash, scope, 32, &length);
	if (status != PSA_SUCCESS)
		(void)psa_hash_abort(&hash);
	return status == PSA_SUCCESS;
}

static int settingsAreWhole(const TlsSettings *settings)
{
	size_t name = settings->serverName ? strlen(settings->serverName) : 0;
	return name >= 1 && name <= TLS_NAME_LIMIT &&
		settings->anchorCount >= 1 && settings->anchorCount <= TLS_ANCHORS_LIMIT &&
		settings->chainCount >= 1 && settings->chainCount <= TLS_CHAIN_LIMIT &&
		settings->privateKey.length > 0;
}

static TlsReason loadCertificates(TlsSession *session, const TlsSettings *settings)
{
	size_t i;
	int error = 0;

	for (i = 0; !error && i < settings->anchorCount; i++)
		error = mbedtls_x509_crt_parse_der(&session->anchors, settings->anchors[i].bytes, settings->anchors[i].length);
	for (i = 0; !error && i < settings->chainCount; i++)
		error = mbedtls_x509_crt_parse_der(&session->chain, settings->chain[i].bytes, settings->chain[i].length);
	if (isMemoryError(error))
		return TLS_NO_MEMORY;
	return error ? TLS_BAD_SETTINGS : TLS_FINE;
}

static int copyKey(TlsSession *session, TlsBytes key)
{
	session->keyBytes = malloc(key.length);
	if (!session->keyBytes)
		return 0;
	memcpy(session->keyBytes, key.bytes, key.length);
	session->keyLength = key.length;
	return 1;
}

static void wipeKey(TlsSession *session)
{
	if (session->keyBytes)
		mbedtls_platform_zeroize(session->keyBytes, session->keyLength);
	free(session->keyBytes);
	session->keyBytes = NULL;
}

/* A step of its own: the public half of the key is computed, which takes as long as any part of the handshake. */
static TlsNext loadKey(TlsSession *session)
{
	TlsBytes key = { session->keyBytes, session->keyLength };
	int error = TLS_PARSE_KEY(&session->key, key);

	wipeKey(session);
	if (!error)
		error = mbedtls_ssl_conf_own_cert(&session->config, &session->chain, &session->key);
	if (error)
		return die(session, isMemoryError(error) ? TLS_NO_MEMORY : TLS_BAD_SETTINGS);
	return TLS_AGAIN;
}

static int configure(TlsSession *session)
{
	mbedtls_ssl_config *config = &session->config;
	int error = mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
		MBEDTLS_SSL_PRESET_DEFAULT);
	if (error)
		return error;
	mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_verify(config, guardLeaf, NULL);
	mbedtls_ssl_conf_ca_chain(config, &session->anchors, NULL);
	mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_default);
	mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
	mbedtls_ssl_conf_ciphersuites(config, suites);
	mbedtls_ssl_conf_groups(config, groups);
	mbedtls_ssl_conf_sig_algs(config, signatures);
#if MBEDTLS_VERSION_NUMBER < 0x04000000
	mbedtls_ssl_conf_rng(config, TLS_RANDOM);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
	mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
	mbedtls_ssl_conf_legacy_renegotiation(config, MBEDTLS_SSL_LEGACY_BREAK_HANDSHAKE);
#if defined(MBEDTLS_SSL_SESSION_TICKETS)
	mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
#if MBEDTLS_VERSION_NUMBER >= 0x03060100 && MBEDTLS_VERSION_NUMBER < 0x04000000
	mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(config,
		MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
#endif
	return 0;
}

/* Gives the kept session to the handshake, if it was made under these settings. Used once (RFC 8446 C.4). */
static void offerTicket(TlsSession *session)
{
	TlsTicket *ticket = session->ticket;
	mbedtls_ssl_session kept;

	if (!ticket || !ticket->length)
		return;
	if (memcmp(ticket->scope, session->scope, sizeof session->scope) == 0) {
		mbedtls_ssl_session_init(&kept);
		if (mbedtls_ssl_session_load(&kept, ticket->bytes, ticket->length) == 0)
			(void)mbedtls_ssl_set_session(&session->ssl, &kept);
		mbedtls_ssl_session_free(&kept);
	}
	tlsForgetTicket(ticket);
}

TlsSession *tlsOpen(const TlsSettings *settings, TlsTicket *ticket, TlsReason *reason)
{
	TlsSession *session;

	*reason = TLS_BAD_SETTINGS;
	if (!settingsAreWhole(settings))
		return NULL;
	*reason = TLS_NO_MEMORY;
	if (psa_crypto_init() != PSA_SUCCESS || !(session = calloc(1, sizeof *session)))
		return NULL;
	mbedtls_ssl_init(&session->ssl);
	mbedtls_ssl_config_init(&session->config);
	mbedtls_x509_crt_init(&session->anchors);
	mbedtls_x509_crt_init(&session->chain);
	mbedtls_pk_init(&session->key);
	session->ticket = ticket;
	*reason = loadCertificates(session, settings);
	if (*reason == TLS_FINE && (!copyKey(session, settings->privateKey) || !scopeOf(settings, session->scope) || configure(session) ||
			mbedtls_ssl_setup(&session->ssl, &session->config) ||
			mbedtls_ssl_set_hostname(&session->ssl, settings->serverName)))
		*reason = TLS_NO_MEMORY;
	if (*reason != TLS_FINE) {
		tlsFree(session);
		return NULL;
	}
	mbedtls_ssl_set_bio(&session->ssl, session, sendToQueue, receiveFromQueue, NULL);
	offerTicket(session);
	return session;
}

/* --- tickets ---------------------------------------------------------------------------------- */

void tlsForgetTicket(TlsTicket *ticket)
{
	if (ticket->bytes) {
		mbedtls_platform_zeroize(ticket->bytes, ticket->length);
		free(ticket->bytes);
	}
	ticket->bytes = NULL;
	ticket->length = 0;
}

/* A session that cannot be kept is no failure: the next connection does a whole handshake. */
static void keepTicket(TlsSession *session)
{
	TlsTicket *ticket = session->ticket;
	mbedtls_ssl_session fresh;
	uint8_t *bytes;
	size_t length = 0;

	if (!ticket)
		return;
	mbedtls_ssl_session_init(&fresh);
	if (mbedtls_ssl_get_session(&session->ssl, &fresh) == 0) {
		(void)mbedtls_ssl_session_save(&fresh, NULL, 0, &length);
		bytes = (length && length <= TLS_TICKET_LIMIT) ? malloc(length) : NULL;
		if (bytes && mbedtls_ssl_session_save(&fresh, bytes, length, &length) == 0) {
			tlsForgetTicket(ticket);
			memcpy(ticket->scope, session->scope, sizeof ticket->scope);
			ticket->bytes = bytes;
			ticket->length = length;
		} else
			free(bytes);
	}
	mbedtls_ssl_session_free(&fresh);
}

/* --- steps ------------------------------------------------------------------------------------ */

static TlsNext waitFor(TlsSession *session, int error)
{
	if (session->reason != TLS_FINE)
		return TLS_DEAD;
	switch (error) {
	case MBEDTLS_ERR_SSL_WANT_READ:
		return mbedtls_ssl_check_pending(&session->ssl) ? TLS_AGAIN : TLS_WAIT_READ;
	case MBEDTLS_ERR_SSL_WANT_WRITE:
		return TLS_WAIT_WRITE;
	case MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS:
		return TLS_AGAIN;
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
	case MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET:
		keepTicket(session);
		return TLS_AGAIN;
#endif
	default:
		return die(session, reasonOfError(session, error));
	}
}

static TlsNext shakeHands(TlsSession *session)
{
	int error = mbedtls_ssl_handshake_step(&session->ssl);

	if (error)
		return waitFor(session, error);
	if (!mbedtls_ssl_is_handshake_over(&session->ssl))
		return TLS_AGAIN;
	session->open = 1;
	session->keeps = mbedtls_ssl_get_version_number(&session->ssl) == MBEDTLS_SSL_VERSION_TLS1_2;
	return TLS_AGAIN;
}

/* 0, or mbedTLS's error. Bytes that find no room for their record stay in `plain`. */
static int sendPlain(TlsSession *session)
{
	while (session->plain.length) {
		size_t piece = session->plain.length < PIECE ? session->plain.length : PIECE;
		int moved;
		if (roomIn(&session->leaving) < piece + RECORD_OVERHEAD + ALERT_RECORD)
			return 0;
		moved = mbedtls_ssl_write(&session->ssl, session->plain.bytes, piece);
		if (moved < 0)
			return moved;
		drop(&session->plain, (size_t)moved);
	}
	return 0;
}

/* 0 when plaintext waits or an empty record passed, or mbedTLS's error. */
static int takeRecord(TlsSession *session)
{
	uint8_t none;
	int error;

	if (mbedtls_ssl_get_bytes_avail(&session->ssl) > 0)
		return 0;
	if (roomIn(&session->leaving) < ALERT_RECORD)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	/* Decrypts one record without taking bytes from it. */
	error = mbedtls_ssl_read(&session->ssl, &none, 0);
	if (error == 0 && session->ended && mbedtls_ssl_get_bytes_avail(&session->ssl) == 0)
		return MBEDTLS_ERR_SSL_CONN_EOF;
	return error;
}

TlsNext tlsStep(TlsSession *session)
{
	int error;

	if (session->reason != TLS_FINE)
		return TLS_DEAD;
	if (session->keyBytes)
		return loadKey(session);
	if (!session->open)
		return shakeHands(session);
	if (session->keeps) {
		session->keeps = 0;
		keepTicket(session);
	}
	error = sendPlain(session);
	if (!error)
		error = takeRecord(session);
	if (error)
		return waitFor(session, error);
	return tlsReadable(session) ? TLS_WAIT_READ : TLS_AGAIN;
}

/* --- plaintext -------------------------------------------------------------------------------- */

size_t tlsReadable(const TlsSession *session)
{
	return session->open ? mbedtls_ssl_get_bytes_avail(&session->ssl) : 0;
}

size_t tlsWritable(const TlsSession *session)
{
	return session->open ? roomIn(&session->plain) : 0;
}

size_t tlsRead(TlsSession *session, uint8_t *bytes, size_t length)
{
	size_t waiting = tlsReadable(session);
	int moved;

	if (length > waiting)
		length = waiting;
	if (!length)
		return 0;
	moved = mbedtls_ssl_read(&session->ssl, bytes, length);
	if (moved > 0)
		return (size_t)moved;
	(void)die(session, TLS_PROTOCOL);
	return 0;
}

int tlsWrite(TlsSession *session, const uint8_t *bytes, size_t length)
{
	if (length > tlsWritable(session))
		return 0;
	return push(&session->plain, bytes, length) == length;
}

/* --- the rest --------------------------------------------------------------------------------- */

int tlsIsOpen(const TlsSession *session)
{
	return session->open;
}

const char *tlsVersion(const TlsSession *session)
{
	return mbedtls_ssl_get_version(&session->ssl);
}

TlsReason tlsReason(const TlsSession *session)
{
	return session->reason;
}

void tlsGoodbye(TlsSession *session)
{
	if (session->open && roomIn(&session->leaving) >= ALERT_RECORD)
		(void)mbedtls_ssl_close_notify(&session->ssl);
	(void)die(session, TLS_CLOSED);
}

void tlsFree(TlsSession *session)
{
	if (!session)
		return;
	mbedtls_ssl_free(&session->ssl);
	mbedtls_ssl_config_free(&session->config);
	mbedtls_x509_crt_free(&session->anchors);
	mbedtls_x509_crt_free(&session->chain);
	mbedtls_pk_free(&session->key);
	wipeKey(session);
	mbedtls_platform_zeroize(session, sizeof *session);
	free(session);
}
