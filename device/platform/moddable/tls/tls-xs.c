/*
 * The XS face of tls-session.c, a host object that owns one session. It opens no socket and calls nothing back, so an
 * exception can never surface where no JavaScript runs. A handshake's steps are done beside JavaScript (tls-work.c);
 * while one is, the session has no room, nothing to read and nothing to send.
 */
#include "xsmc.h"
#include "mc.xs.h"
#if !defined(__linux__)
#include "xsHost.h"
#endif

#include "tls-work.h"

/* The last session of this boot. One server, so one ticket; in RAM, so a restart forgets it. */
static TlsTicket ticket;

void xs_tls_destructor(void *data)
{
	tlsWorkClose(data);
}

static TlsWork *workOf(xsMachine *the)
{
	TlsWork *work = xsmcGetHostDataValidate(xsThis, (void *)xs_tls_destructor);
	if (!work)
		xsUnknownError("closed");
	return work;
}

/* NULL while a step is being done. */
static TlsSession *sessionOf(xsMachine *the)
{
	return tlsWorkSession(workOf(the));
}

/* Points into a buffer the collector may move: no XS allocation may follow before the last use. */
static TlsBytes bytesOf(xsMachine *the, xsSlot *slot)
{
	TlsBytes bytes = { NULL, 0 };
	xsUnsignedValue length = 0;
	void *data = NULL;
	xsmcGetBufferReadable(*slot, &data, &length);
	bytes.bytes = data;
	bytes.length = length;
	return bytes;
}

/* How many were read from the array; more than `limit` when it is longer than that. */
static size_t listOf(xsMachine *the, xsSlot *array, TlsBytes *into, size_t limit)
{
	int i, count;
	xsmcGet(xsVar(0), *array, xsID_length);
	count = xsmcToInteger(xsVar(0));
	if (count < 0 || (size_t)count > limit)
		return limit + 1;
	for (i = 0; i < count; i++) {
		xsmcGetIndex(xsVar(0), *array, i);
		into[i] = bytesOf(the, &xsVar(0));
	}
	return (size_t)count;
}

/* new Session(serverName, privateKey, certificate[], anchors[]); tlsOpen checks the counts. "busy": try again later. */
void xs_tls_constructor(xsMachine *the)
{
	TlsSettings settings = { 0 };
	TlsReason reason = TLS_NO_MEMORY;
	char name[TLS_NAME_LIMIT + 1];
	TlsSession *session;
	TlsWork *work;

	/* Two handshakes' memory is there, and not what somebody who dials and drops in turn could pile up. */
	if (tlsWorkLeftBehind() > 0)
		xsUnknownError("busy");
	xsmcVars(1);
	xsmcToStringBuffer(xsArg(0), name, sizeof name);
	settings.serverName = name;
	settings.privateKey = bytesOf(the, &xsArg(1));
	settings.chainCount = listOf(the, &xsArg(2), settings.chain, TLS_CHAIN_LIMIT);
	settings.anchorCount = listOf(the, &xsArg(3), settings.anchors, TLS_ANCHORS_LIMIT);
	session = tlsOpen(&settings, &ticket, &reason);
	if (!session)
		xsUnknownError("%s", tlsReasonText(reason));
	work = tlsWorkOpen(session);
	if (!work) {
		tlsFree(session);
		xsUnknownError("%s", tlsReasonText(TLS_NO_MEMORY));
	}
	xsmcSetHostData(xsThis, work);
}

void xs_tls_close(xsMachine *the)
{
	tlsWorkClose(xsmcGetHostDataValidate(xsThis, (void *)xs_tls_destructor));
	xsmcSetHostData(xsThis, NULL);
}

void xs_tls_goodbye(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	if (session)
		tlsGoodbye(session);
}

/* feed(bytes): how many were taken */
void xs_tls_feed(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	TlsBytes bytes = bytesOf(the, &xsArg(0));
	xsmcSetInteger(xsResult, session ? (int)tlsFeed(session, bytes.bytes, bytes.length) : 0);
}

void xs_tls_finish(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	if (session)
		tlsFinish(session);
}

/* The length to allocate for `waiting` bytes of which xsArg(0), if given, wants no more. */
static int limitOf(xsMachine *the, size_t waiting)
{
	int limit = (int)waiting;
	if (xsmcArgc > 0 && xsmcTypeOf(xsArg(0)) != xsUndefinedType && xsmcToInteger(xsArg(0)) < limit)
		limit = xsmcToInteger(xsArg(0));
	return limit;
}

/* drain(limit): ciphertext for the wire, or undefined */
void xs_tls_drain(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	int limit = session ? limitOf(the, tlsLeaving(session)) : 0;
	if (limit > 0)
		(void)tlsDrain(session, xsmcSetArrayBuffer(xsResult, NULL, limit), (size_t)limit);
}

void xs_tls_step(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)tlsWorkStep(workOf(the)));
}

/* read(limit): an ArrayBuffer, or undefined when nothing waits; no limit: all of it */
void xs_tls_read(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	int limit = session ? limitOf(the, tlsReadable(session)) : 0;
	if (limit <= 0)
		return;
	if (tlsRead(session, xsmcSetArrayBuffer(xsResult, NULL, limit), (size_t)limit) != (size_t)limit)
		xsmcSetUndefined(xsResult);
}

/* write(bytes): false, and nothing done, when longer than `writable` */
void xs_tls_write(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	TlsBytes bytes = bytesOf(the, &xsArg(0));
	xsmcSetBoolean(xsResult, session && tlsWrite(session, bytes.bytes, bytes.length));
}

void xs_tls_get_open(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	xsmcSetBoolean(xsResult, session && tlsIsOpen(session));
}

void xs_tls_get_room(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	xsmcSetInteger(xsResult, session ? (int)tlsRoom(session) : 0);
}

void xs_tls_get_pending(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	xsmcSetInteger(xsResult, session ? (int)tlsPending(session) : 0);
}

void xs_tls_get_readable(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	xsmcSetInteger(xsResult, session ? (int)tlsReadable(session) : 0);
}

void xs_tls_get_writable(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	xsmcSetInteger(xsResult, session ? (int)tlsWritable(session) : 0);
}

void xs_tls_get_reason(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	xsmcSetString(xsResult, (char *)tlsReasonText(session ? tlsReason(session) : TLS_FINE));
}

void xs_tls_get_version(xsMachine *the)
{
	TlsSession *session = sessionOf(the);
	xsmcSetString(xsResult, session ? (char *)tlsVersion(session) : "");
}
