/* What the parts of the XS host share. `host.c` says what the program is. */
#ifndef THIRTEEN_XS_HOST
#define THIRTEEN_XS_HOST

#include "xsAll.h"
#include "xsScript.h"

/* frames.c */

typedef struct {
  txU1 type;
  bool hasBytes;
  txU4 aLength, bLength, bytesLength;
  char *a, *b, *bytes; /* not terminated */
} Frame;

txU4 getU32(const char* at);
void sendFrame(char type, const char* a, const char* b, bool hasBytes, const void* bytes, txSize size);
Frame receiveFrame(void);

/* heap.c */

/* The chip's bytes above the loaded code: slots now and at their peak, chunks now and at their peak, garbage
 * included; and the most that was alive, slots and chunks together, after any collection. */
typedef struct {
  txU4 slots, slotsPeak, chunks, chunksPeak, keptPeak;
} HeapFigures;

HeapFigures heapFigures(void);
txMachine* createInBlock(txCreation* creation);
void collect(txMachine* the);
void drawBaseline(txMachine* the, size_t heapLimit);

/* deaths.c */

void XS_FUNCTION_NORETURN die(const char* death, const char* detail);
void XS_FUNCTION_NORETURN dieOfException(txMachine* the, const char* death, const char* how);
void handleSignals(void);
void watch(int milliseconds);
void limitNativeStack(txMachine* the, size_t size);

#endif
