/*
 * The XS face of tls-session.c: a host object with two bounded queues of ciphertext between mbedTLS
 * and whatever carries the bytes. It opens no socket, owns no thread and calls nothing back, so an
 * exception can never surface where no JavaScript runs and teardown is a plain free.
 */
#include "xsmc.h"
#include "mc.xs.h"
#if !defined(__linux__)
#include "xsHost.h"
#endif

#include <stdlib.h>
#include <string.h>

#include "tls-session.h"

/** Ciphertext held for mbedTLS and for the wire at most; records may be longer. */
#define QUEUE_LIMIT 2048
#define NAME_BUFFER (TLS_NAME_LIMIT + 1)

typedef struct {
	size_t start;
	size_t length;
	uint8_t bytes[QUEUE_LIMIT];
} Queue;

typedef struct {
	TlsSession *session;
	Queue arrived;
	Queue leaving;
	uint8_t ended;
} Connection;

/* The last session of this boot. One server, so one ticket; in RAM, so a restart forgets it. */
static TlsTicket ticket;

static size_t push(Queue *queue, const uint8_t *bytes, size_t length)
{
	if (queue->start) {
		memmove(queue->bytes, queue->bytes + queue->start, queue->length);
		queue->start = 0;
	}
	if (length > QUEUE_LIMIT - queue->length)
		length = QUEUE_LIMIT - queue->length;
	memcpy(queue->bytes + queue->length, bytes, length);
	queue->length += length;
	return length;
}

static size_t pull(Queue *queue, uint8_t *bytes, size_t length)
{
	if (length > queue->length)
		length = queue->length;
	memcpy(bytes, queue->bytes + queue->start, length);
	queue->start += length;
	queue->length -= length;
	if (!queue->length)
		queue->start = 0;
	return length;
}

static int sendToQueue(void *context, const uint8_t *bytes, size_t length)
{
	size_t moved = push(&((Connection *)context)->leaving, bytes, length);
	return moved ? (int)moved : TLS_WIRE_WOULD_BLOCK;
}

static int receiveFromQueue(void *context, uint8_t *bytes, size_t length)
{
	Connection *connection = context;
	size_t moved = pull(&connection->arrived, bytes, length);
	if (moved)
		return (int)moved;
	return connection->ended ? 0 : TLS_WIRE_WOULD_BLOCK;
}

void xs_tls_destructor(void *data)
{
	Connection *connection = data;
	if (!connection)
		return;
	tlsClose(connection->session);
	free(connection);
}

static Connection *connectionOf(xsMachine *the)
{
	Connection *connection = xsmcGetHostDataValidate(xsThis, (void *)xs_tls_destructor);
	if (!connection || !connection->session)
		xsUnknownError("closed");
	return connection;
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

/* new Session(serverName, privateKey, certificate[], anchors[]); tlsOpen checks the counts */
void xs_tls_constructor(xsMachine *the)
{
	TlsSettings settings = { 0 };
	TlsWire wire = { NULL, sendToQueue, receiveFromQueue };
	TlsReason reason = TLS_NO_MEMORY;
	char name[NAME_BUFFER];
	Connection *connection;

	xsmcVars(1);
	xsmcToStringBuffer(xsArg(0), name, sizeof name);
	settings.serverName = name;
	settings.privateKey = bytesOf(the, &xsArg(1));
	settings.chainCount = listOf(the, &xsArg(2), settings.chain, TLS_CHAIN_LIMIT);
	settings.anchorCount = listOf(the, &xsArg(3), settings.anchors, TLS_ANCHORS_LIMIT);
	connection = calloc(1, sizeof *connection);
	if (connection) {
		wire.context = connection;
		connection->session = tlsOpen(&settings, wire, &ticket, &reason);
	}
	if (!connection || !connection->session) {
		free(connection);
		xsUnknownError("%s", tlsReasonText(reason));
	}
	xsmcSetHostData(xsThis, connection);
}

void xs_tls_close(xsMachine *the)
{
	Connection *connection = xsmcGetHostDataValidate(xsThis, (void *)xs_tls_destructor);
	if (!connection)
		return;
	/* the goodbye stays in `leaving`, where `drain` still finds it */
	tlsClose(connection->session);
	connection->session = NULL;
}

/* feed(bytes): how many were taken */
void xs_tls_feed(xsMachine *the)
{
	Connection *connection = connectionOf(the);
	TlsBytes bytes = bytesOf(the, &xsArg(0));
	xsmcSetInteger(xsResult, (int)push(&connection->arrived, bytes.bytes, bytes.length));
}

/* finish(): the wire has ended; what was fed can still be read */
void xs_tls_finish(xsMachine *the)
{
	connectionOf(the)->ended = 1;
}

/* drain(limit): ciphertext for the wire, or undefined; also after close */
void xs_tls_drain(xsMachine *the)
{
	Connection *connection = xsmcGetHostDataValidate(xsThis, (void *)xs_tls_destructor);
	int limit = xsmcToInteger(xsArg(0));
	uint8_t *bytes;

	if (!connection || limit <= 0 || !connection->leaving.length)
		return;
	if ((size_t)limit > connection->leaving.length)
		limit = (int)connection->leaving.length;
	bytes = xsmcSetArrayBuffer(xsResult, NULL, limit);
	(void)pull(&connection->leaving, bytes, (size_t)limit);
}

void xs_tls_step(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)tlsStep(connectionOf(the)->session));
}

/* read(limit): an ArrayBuffer, or undefined when nothing waits; no limit: all of it */
void xs_tls_read(xsMachine *the)
{
	Connection *connection = connectionOf(the);
	size_t waiting = tlsReadable(connection->session);
	int limit = (xsmcArgc > 0 && xsmcTest(xsArg(0))) ? xsmcToInteger(xsArg(0)) : (int)waiting;
	uint8_t *bytes;

	if (limit <= 0 || !waiting)
		return;
	if ((size_t)limit > waiting)
		limit = (int)waiting;
	bytes = xsmcSetArrayBuffer(xsResult, NULL, limit);
	if (tlsRead(connection->session, bytes, (size_t)limit) != (size_t)limit)
		xsmcSetUndefined(xsResult);
}

/* write(bytes): false when longer than `writable` */
void xs_tls_write(xsMachine *the)
{
	Connection *connection = connectionOf(the);
	TlsBytes bytes = bytesOf(the, &xsArg(0));
	xsmcSetBoolean(xsResult, tlsWrite(connection->session, bytes.bytes, bytes.length));
}

void xs_tls_get_open(xsMachine *the)
{
	xsmcSetBoolean(xsResult, tlsIsOpen(connectionOf(the)->session));
}

void xs_tls_get_room(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)(QUEUE_LIMIT - connectionOf(the)->arrived.length));
}

void xs_tls_get_pending(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)connectionOf(the)->arrived.length);
}

void xs_tls_get_readable(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)tlsReadable(connectionOf(the)->session));
}

void xs_tls_get_writable(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)tlsWritable(connectionOf(the)->session));
}

void xs_tls_get_reason(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)tlsReasonText(tlsReason(connectionOf(the)->session)));
}

void xs_tls_get_version(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)tlsVersion(connectionOf(the)->session));
}
