/* See tls-work.h. */
#include "tls-work.h"

#include <stdatomic.h>
#include <stdlib.h>

#if defined(ESP_PLATFORM)
/* The settings that the image's own mbedTLS is built with. */
#define MBEDTLS_CONFIG_FILE "mbedtls/esp_config.h"
#define TF_PSA_CRYPTO_USER_CONFIG_FILE "mbedtls/esp_config.h"
#endif
#include <mbedtls/build_info.h>

#if defined(ESP_PLATFORM)
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#if !defined(MBEDTLS_THREADING_C)
#error "MBEDTLS_THREADING_C is needed: JavaScript checks signatures while a handshake goes on"
#endif
/* Bytes; what is left of them is told by `npm run device:bench`. */
#define STACK 8192
/* JavaScript's task has 4. */
#define PRIORITY 2
#else
#include <pthread.h>
#endif

enum { IDLE, RUNNING, DONE, DROPPED };

struct TlsWork {
	TlsSession *session;
	TlsNext next;      /* of the last step, once DONE */
	atomic_int state;
};

/* Sessions that were dropped in the middle of a step. */
static atomic_int leftBehind;

static void discard(TlsWork *work)
{
	tlsFree(work->session);
	free(work);
}

static void doStep(TlsWork *work)
{
	int running = RUNNING;
	work->next = tlsStep(work->session);
	if (!atomic_compare_exchange_strong(&work->state, &running, DONE)) {
		discard(work); /* dropped meanwhile */
		atomic_fetch_sub(&leftBehind, 1);
	}
}

#if defined(ESP_PLATFORM)

static unsigned leastStack = STACK;

unsigned tlsWorkLeastStack(void)
{
	return leastStack;
}

static void run(void *work)
{
	unsigned left;
	doStep(work);
	left = (unsigned)uxTaskGetStackHighWaterMark(NULL);
	if (left < leastStack)
		leastStack = left;
	vTaskDelete(NULL);
}

static int start(TlsWork *work)
{
	return xTaskCreate(run, "tls", STACK, work, PRIORITY, NULL) == pdPASS;
}

#elif defined(MBEDTLS_THREADING_C)

static void *run(void *work)
{
	doStep(work);
	return NULL;
}

static int start(TlsWork *work)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, run, work))
		return 0;
	(void)pthread_detach(thread);
	return 1;
}

#else

static int start(TlsWork *work)
{
	(void)work;
	return 0;
}

#endif

TlsWork *tlsWorkOpen(TlsSession *session)
{
	TlsWork *work = calloc(1, sizeof *work);
	if (work)
		work->session = session;
	return work;
}

TlsSession *tlsWorkSession(TlsWork *work)
{
	return atomic_load(&work->state) == RUNNING ? NULL : work->session;
}

TlsNext tlsWorkStep(TlsWork *work)
{
	switch (atomic_load(&work->state)) {
	case RUNNING:
		return TLS_BUSY;
	case DONE:
		atomic_store(&work->state, IDLE);
		return work->next;
	}
	if (tlsIsOpen(work->session))
		return tlsStep(work->session);
	atomic_store(&work->state, RUNNING);
	if (start(work))
		return TLS_BUSY;
	atomic_store(&work->state, IDLE);
	return tlsStep(work->session);
}

void tlsWorkClose(TlsWork *work)
{
	int running = RUNNING;
	if (!work)
		return;
	atomic_fetch_add(&leftBehind, 1);
	if (atomic_compare_exchange_strong(&work->state, &running, DROPPED))
		return;
	atomic_fetch_sub(&leftBehind, 1);
	discard(work);
}

int tlsWorkLeftBehind(void)
{
	return atomic_load(&leftBehind);
}
