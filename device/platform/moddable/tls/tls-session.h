/*
 * One TLS client connection on mbedTLS (3.6 or 4.x): TLS 1.3 or 1.2, chain and name verified, own
 * certificate presented, tickets kept in memory. No socket, no JavaScript and no thread in here:
 * ciphertext goes in by `tlsFeed` and out by `tlsDrain`, and `tlsStep` does the work between.
 *
 * Nothing in this interface weakens verification; there is no setting for it to be read from.
 * EN 303 645 5.5-1, 5.5-2, 5.5-7; RFC 8446; RFC 5246; RFC 9325; RFC 9525.
 */
#ifndef THIRTEEN_TLS_SESSION_H
#define THIRTEEN_TLS_SESSION_H

#include <stddef.h>
#include <stdint.h>

/** Bytes held at most: plaintext to send, ciphertext to send, ciphertext arrived. */
#define TLS_WRITE_LIMIT 2048
#define TLS_LEAVING_LIMIT 2048
#define TLS_ARRIVED_LIMIT 2048
/** Anchors and certificates of the own chain accepted at most. */
#define TLS_ANCHORS_LIMIT 2
#define TLS_CHAIN_LIMIT 3
/** A DNS name's length, RFC 1035 2.3.4. */
#define TLS_NAME_LIMIT 253
/** A ticket with its session; a longer one is not kept. */
#define TLS_TICKET_LIMIT 4096

typedef enum {
	TLS_FINE,
	/* our own side */
	TLS_BAD_SETTINGS,   /* an anchor, certificate or key that cannot be parsed, or no name; of the key told by a step */
	TLS_NO_MEMORY,
	/* what the server showed */
	TLS_UNTRUSTED,      /* no chain to an anchor */
	TLS_WRONG_NAME,     /* no subject alternative name matches (RFC 9525 6.3) */
	TLS_EXPIRED,
	TLS_NOT_YET_VALID,
	TLS_WEAK,           /* key, curve or signature below the floor */
	TLS_WRONG_USAGE,    /* a certificate that is not a server's */
	/* what the server did */
	TLS_VERSION,        /* offers nothing from 1.2 up, or no suite we accept */
	TLS_ALERT,          /* refused us: often our certificate */
	TLS_PROTOCOL,       /* not TLS, or TLS broken */
	TLS_TRUNCATED,      /* the connection ended without close_notify */
	TLS_CLOSED          /* close_notify, theirs or ours */
} TlsReason;

/** What `tlsStep` wants next. */
typedef enum {
	TLS_AGAIN,          /* call again when there is time: more work is at hand */
	TLS_WAIT_READ,      /* call again after `tlsFeed` or `tlsRead` */
	TLS_WAIT_WRITE,     /* call again after `tlsDrain` */
	TLS_DEAD,           /* over: `tlsReason` says why, `tlsClose` frees */
	TLS_BUSY            /* of tls-work.h alone: a step is being done */
} TlsNext;

typedef struct {
	const uint8_t *bytes;
	size_t length;
} TlsBytes;

/** Everything is copied by `tlsOpen`; all DER. */
typedef struct {
	const char *serverName;
	TlsBytes anchors[TLS_ANCHORS_LIMIT];
	size_t anchorCount;
	TlsBytes chain[TLS_CHAIN_LIMIT]; /* own certificates, leaf first */
	size_t chainCount;
	TlsBytes privateKey;             /* PKCS#8 */
} TlsSettings;

/**
 * A resumable session, in memory only. `scope` binds it to the server name, anchors and own
 * certificate it was made under, so that no other settings can resume it. Zero it to begin with.
 */
typedef struct {
	uint8_t scope[32];
	uint8_t *bytes;
	size_t length;
} TlsTicket;

typedef struct TlsSession TlsSession;

/** NULL and `*reason` when the settings are unusable. `ticket` may be NULL and must outlive the session.
 * It is touched here and by steps of an open session, never by a handshake's. */
TlsSession *tlsOpen(const TlsSettings *settings, TlsTicket *ticket, TlsReason *reason);

/** Takes ciphertext from the wire: how many bytes of it. `tlsRoom` is how many it would take. */
size_t tlsFeed(TlsSession *session, const uint8_t *bytes, size_t length);
size_t tlsRoom(const TlsSession *session);
/** Bytes fed that no step has used yet. */
size_t tlsPending(const TlsSession *session);
/** The wire has ended; what was fed can still be read. */
void tlsFinish(TlsSession *session);
/** Gives ciphertext for the wire: how many bytes of `limit`. `tlsLeaving` is how many there are. */
size_t tlsDrain(TlsSession *session, uint8_t *bytes, size_t limit);
size_t tlsLeaving(const TlsSession *session);

/** One handshake message, or one record in and what waits out. Never blocks. */
TlsNext tlsStep(TlsSession *session);

/** 1 once the handshake is done and the server verified. */
int tlsIsOpen(const TlsSession *session);
/** "TLSv1.3" or "TLSv1.2" once open. */
const char *tlsVersion(const TlsSession *session);

/** Plaintext bytes that `tlsRead` can give now, and bytes that `tlsWrite` would take now. */
size_t tlsReadable(const TlsSession *session);
size_t tlsWritable(const TlsSession *session);
size_t tlsRead(TlsSession *session, uint8_t *bytes, size_t length);
/** All of `bytes` or, when that is more than `tlsWritable`, nothing: 1 or 0. */
int tlsWrite(TlsSession *session, const uint8_t *bytes, size_t length);

TlsReason tlsReason(const TlsSession *session);
/** For the journal: a word, never parsed. */
const char *tlsReasonText(TlsReason reason);

/** Ends the session: leaves a close_notify to `tlsDrain` when one fits. */
void tlsGoodbye(TlsSession *session);
/** Wipes and frees, at any moment; NULL is fine. */
void tlsFree(TlsSession *session);
void tlsForgetTicket(TlsTicket *ticket);

#endif
