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

/* Slot bytes now and at their peak, chunk bytes now and at their peak, above the loaded code. */
typedef struct {
  txU4 slots, slotsPeak, chunks, chunksPeak;
} HeapFigures;

HeapFigures heapFigures(void);
txMachine* createInBlock(txCreation* creation);
void drawBaseline(txMachine* the, size_t heapLimit);

/* deaths.c */

void XS_FUNCTION_NORETURN die(const char* death, const char* detail);
void XS_FUNCTION_NORETURN dieOfException(txMachine* the, const char* death, const char* how);
void handleSignals(void);
void watch(int milliseconds);
void limitNativeStack(txMachine* the, size_t size);

#endif
