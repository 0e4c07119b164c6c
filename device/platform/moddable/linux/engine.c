/* What only the engine knows. A file of its own: xsAll.h and xsmc.h do not go together. */
#include "xsAll.h"
#include "board.h"

void boardHeap(void *machine, unsigned figures[4])
{
	txMachine *the = machine;
	figures[0] = (unsigned)the->currentHeapCount * sizeof(txSlot);
	figures[1] = (unsigned)the->peakHeapCount * sizeof(txSlot);
	figures[2] = (unsigned)the->currentChunksSize;
	figures[3] = (unsigned)the->peakChunksSize;
}

/* The engine's last call. */
void fxAbort(txMachine *the, int status)
{
	(void)the;
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		boardReset("memory-full");
	case XS_JAVASCRIPT_STACK_OVERFLOW_EXIT:
	case XS_NATIVE_STACK_OVERFLOW_EXIT:
		boardReset("stack-overflow");
	default:
		boardReset("exception");
	}
}
