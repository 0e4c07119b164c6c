/*
 * A session whose handshake is done beside the event loop. One step of it can take an elliptic curve's time, tens of
 * millions of instructions on an ESP32-C3, so each is done by a thread of its own, below JavaScript's priority,
 * while JavaScript goes on. Once the session is open its steps are short, and done where they are asked for.
 *
 * While a step is being done its thread has the session to itself; nothing is shared but one word. Where mbedTLS is
 * built without threads (MBEDTLS_THREADING_C), or there is no memory for one, the step is done in place.
 */
#ifndef THIRTEEN_TLS_WORK_H
#define THIRTEEN_TLS_WORK_H

#include "tls-session.h"

typedef struct TlsWork TlsWork;

/** Takes the session over. NULL when there is no memory; the session is still the caller's then. */
TlsWork *tlsWorkOpen(TlsSession *session);
/** The session, or NULL while a step is being done. */
TlsSession *tlsWorkSession(TlsWork *work);
/** What `tlsStep` wants next, or TLS_BUSY: ask again soon. */
TlsNext tlsWorkStep(TlsWork *work);
/** At any moment; NULL is fine. Does not wait: a step under way is finished first, by whoever does it. */
void tlsWorkClose(TlsWork *work);
/** How many closed sessions wait for their last step to be finished. Each holds a handshake's memory until then. */
int tlsWorkLeftBehind(void);

#if defined(ESP_PLATFORM)
/** The least of a step's stack that was ever left, bytes. */
unsigned tlsWorkLeastStack(void);
#endif

#endif
