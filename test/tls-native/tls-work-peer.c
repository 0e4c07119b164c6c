/*
 * tls-work.c with a session that only takes its time: what is hidden while a step is being done, who frees a session
 * that is closed meanwhile, and that nobody waits. Prints what it saw as JSON.
 */
#include "tls-work.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct TlsSession {
	int steps;  /* plain on purpose: a race on it is the thread sanitizer's to find */
	int open;
	long nanos; /* one step takes */
};

static atomic_int freed;

static void rest(long nanos)
{
	struct timespec time = { 0, nanos };
	nanosleep(&time, NULL);
}

TlsNext tlsStep(TlsSession *session)
{
	session->steps++;
	rest(session->nanos);
	session->steps++;
	return TLS_WAIT_READ;
}

int tlsIsOpen(const TlsSession *session)
{
	return session->open;
}

void tlsFree(TlsSession *session)
{
	session->steps = -1;
	free(session);
	atomic_fetch_add(&freed, 1);
}

static TlsSession *sessionOf(int open, long nanos)
{
	TlsSession *session = calloc(1, sizeof *session);
	session->open = open;
	session->nanos = nanos;
	return session;
}

static double millis(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(void)
{
	TlsWork *work = tlsWorkOpen(sessionOf(0, 50000000));
	double before = millis();
	int first = tlsWorkStep(work), hidden = tlsWorkSession(work) == NULL, looks = 0, i;
	double asked = millis() - before;
	TlsNext next;
	while ((next = tlsWorkStep(work)) == TLS_BUSY) {
		looks++;
		rest(1000000);
	}
	printf("{\"first\":%d,\"hidden\":%d,\"askedMs\":%.1f,\"looks\":%d,\"next\":%d,\"steps\":%d,", first, hidden, asked,
		looks, (int)next, tlsWorkSession(work)->steps);
	tlsWorkClose(work);
	printf("\"freedIdle\":%d,", atomic_load(&freed));

	work = tlsWorkOpen(sessionOf(1, 1000));
	printf("\"openStep\":%d,", (int)tlsWorkStep(work));
	tlsWorkClose(work);

	work = tlsWorkOpen(sessionOf(0, 50000000));
	(void)tlsWorkStep(work);
	before = millis();
	tlsWorkClose(work);
	printf("\"closeMs\":%.1f,\"freedAtClose\":%d,\"leftAtClose\":%d,", millis() - before, atomic_load(&freed),
		tlsWorkLeftBehind());
	rest(200000000);
	printf("\"freedLater\":%d,\"leftLater\":%d,", atomic_load(&freed), tlsWorkLeftBehind());

	/* Closed around the moment in which the step ends. */
	for (i = 0; i < 300; i++) {
		work = tlsWorkOpen(sessionOf(0, 200000));
		(void)tlsWorkStep(work);
		rest(100000 + i * 1000);
		tlsWorkClose(work);
	}
	tlsWorkClose(NULL);
	rest(200000000);
	printf("\"freedInAll\":%d,\"leftInAll\":%d}\n", atomic_load(&freed), tlsWorkLeftBehind());
	return 0;
}
