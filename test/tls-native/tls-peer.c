/*
 * A TLS client for the battery: connects to 127.0.0.1, runs one session through tls-session.c over
 * a non-blocking socket, echoes a payload off the server and prints one JSON line a connection.
 *
 *   tls-peer PORT NAME[,NAME] KEY CHAIN[,CHAIN] ANCHOR[,ANCHOR] [--bytes N] [--steps N] [--stall N]
 *
 * Files are DER. One connection for each NAME, all with the same ticket. --steps N drops the session
 * after N steps, wherever it is then; --stall N lets nothing leave for N steps from
 * the first application data on.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tls-session.h"

#define DEADLINE_MS 20000

typedef struct {
	size_t payload;
	long stepLimit;
	long stall;
	long steps;
	long longestUs;
	size_t sent;
	size_t echoed;
	int open;
	int settled; /* our last handshake message has left */
	char version[16];
} Run;

static long long nowUs(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The processor's time of this program: what a step holds, whatever else the machine does. */
static long long spentUs(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Moves ciphertext between session and socket in small, uneven pieces. 0 when the socket is spent. */
static int carry(TlsSession *session, int wire, int stalled)
{
	static unsigned calls;
	uint8_t block[333];
	size_t limit = (++calls % 3) ? sizeof block : 7;
	size_t length = stalled ? 0 : tlsDrain(session, block, limit);
	for (size_t sent = 0; sent < length;) {
		ssize_t moved = send(wire, block + sent, length - sent, MSG_NOSIGNAL);
		if (moved < 0 && errno != EAGAIN && errno != EINTR)
			return 0;
		if (moved > 0)
			sent += (size_t)moved;
	}
	length = tlsRoom(session) < limit ? tlsRoom(session) : limit;
	if (length) {
		ssize_t moved = recv(wire, block, length, 0);
		if (moved == 0 || (moved < 0 && errno != EAGAIN && errno != EINTR))
			tlsFinish(session);
		else if (moved > 0)
			tlsFeed(session, block, (size_t)moved);
	}
	return 1;
}

static TlsBytes readFile(const char *path)
{
	static uint8_t store[16][4096];
	static int used;
	TlsBytes bytes = { NULL, 0 };
	FILE *file = fopen(path, "rb");
	if (!file || used == 16) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(2);
	}
	bytes.length = fread(store[used], 1, sizeof store[used], file);
	bytes.bytes = store[used++];
	fclose(file);
	return bytes;
}

static size_t readFiles(char *list, TlsBytes *into, size_t limit)
{
	size_t count = 0;
	for (char *path = strtok(list, ","); path && count < limit; path = strtok(NULL, ","))
		into[count++] = readFile(path);
	return count;
}

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static uint8_t patternAt(size_t offset)
{
	return (uint8_t)(offset * 31 + (offset >> 8));
}

/* Sends what may be sent and checks what comes back; 1 when every byte has returned unchanged. */
static int exchange(TlsSession *session, Run *run)
{
	uint8_t block[1024];
	while (run->sent < run->payload) {
		size_t room = tlsWritable(session), length = run->payload - run->sent;
		if (length > sizeof block)
			length = sizeof block;
		if (length > room)
			length = room;
		if (!length)
			break;
		for (size_t i = 0; i < length; i++)
			block[i] = patternAt(run->sent + i);
		if (!tlsWrite(session, block, length))
			fail("the session took less than it had room for");
		run->sent += length;
	}
	for (size_t length; (length = tlsRead(session, block, sizeof block)) > 0;)
		for (size_t i = 0; i < length; i++)
			if (block[i] != patternAt(run->echoed++))
				fail("the echo differs");
	return run->echoed == run->payload;
}

static const char *drive(TlsSession *session, int wire, Run *run)
{
	long long deadline = nowUs() + DEADLINE_MS * 1000LL;
	for (;;) {
		long long before;
		TlsNext next;
		int stalled = run->settled && run->stall > 0 && run->stall--;
		if (!carry(session, wire, stalled))
			tlsFinish(session);
		if (nowUs() > deadline)
			return "stuck";
		if (run->stepLimit >= 0 && run->steps >= run->stepLimit)
			return "dropped";
		before = spentUs();
		next = tlsStep(session);
		run->steps++;
		if (spentUs() - before > run->longestUs)
			run->longestUs = (long)(spentUs() - before);
		if (next == TLS_DEAD)
			return tlsReasonText(tlsReason(session));
		if (tlsIsOpen(session)) {
			run->open = 1;
			snprintf(run->version, sizeof run->version, "%s", tlsVersion(session));
			if (!tlsLeaving(session))
				run->settled = 1;
			size_t sentBefore = run->sent;
			if (run->settled && exchange(session, run))
				return "done";
			if (run->sent != sentBefore)
				continue;
		}
		if (next != TLS_AGAIN && (stalled || !tlsLeaving(session)) && !tlsPending(session)) {
			struct pollfd wait = { wire, POLLIN, 0 };
			poll(&wait, 1, stalled ? 1 : 100);
		}
	}
}

static void once(const TlsSettings *settings, TlsTicket *ticket, int port, Run run)
{
	TlsReason reason;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int wire = socket(AF_INET, SOCK_STREAM, 0);
	const char *end;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(wire, (struct sockaddr *)&address, sizeof address)) {
		perror("connect");
		exit(2);
	}
	fcntl(wire, F_SETFL, O_NONBLOCK);
	TlsSession *session = tlsOpen(settings, ticket, &reason);
	end = session ? drive(session, wire, &run) : tlsReasonText(reason);
	if (session) {
		tlsGoodbye(session);
		while (tlsLeaving(session) && carry(session, wire, 0))
			continue;
	}
	tlsFree(session);
	close(wire);
	printf("{\"end\":\"%s\",\"open\":%s,\"version\":\"%s\",\"echoed\":%zu,\"steps\":%ld,\"longestUs\":%ld,\"ticket\":%zu}\n",
		end, run.open ? "true" : "false", run.version, run.echoed, run.steps, run.longestUs, ticket->length);
	fflush(stdout);
}

int main(int count, char **words)
{
	TlsSettings settings = { 0 };
	TlsTicket ticket = { 0 };
	Run run = { .payload = 64, .stepLimit = -1 };
	char *names[8];
	size_t nameCount = 0;

	if (count < 6)
		return 2;
	for (char *name = strtok(words[2], ","); name && nameCount < 8; name = strtok(NULL, ","))
		names[nameCount++] = name;
	settings.privateKey = readFile(words[3]);
	settings.chainCount = readFiles(words[4], settings.chain, TLS_CHAIN_LIMIT);
	settings.anchorCount = readFiles(words[5], settings.anchors, TLS_ANCHORS_LIMIT);
	for (int i = 6; i + 1 < count; i += 2) {
		long value = strtol(words[i + 1], NULL, 10);
		if (!strcmp(words[i], "--bytes"))
			run.payload = (size_t)value;
		else if (!strcmp(words[i], "--stall"))
			run.stall = value;
		else if (!strcmp(words[i], "--steps"))
			run.stepLimit = value;
		else
			return 2;
	}
	for (size_t i = 0; i < nameCount; i++) {
		settings.serverName = names[i];
		once(&settings, &ticket, atoi(words[1]), run);
	}
	tlsForgetTicket(&ticket);
	return 0;
}
