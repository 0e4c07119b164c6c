/* What only the engine knows. A file of its own: xsAll.h and xsmc.h do not go together. */
#include "xsAll.h"
#include "heap.h"

void boardHeap(void *machine, unsigned figures[4])
{
	txMachine *the = machine;
	figures[0] = (unsigned)the->currentHeapCount * sizeof(txSlot);
	figures[1] = (unsigned)the->peakHeapCount * sizeof(txSlot);
	figures[2] = (unsigned)the->currentChunksSize;
	figures[3] = (unsigned)the->peakChunksSize;
}

void boardAlive(void *machine, unsigned figures[2])
{
	txMachine *the = machine;
	figures[0] = (unsigned)the->currentHeapCount;
	figures[1] = (unsigned)the->currentChunksSize;
}

void boardCollect(void *machine)
{
	fxCollectGarbage(machine);
}

void boardForgetPeaks(void *machine)
{
	txMachine *the = machine;
	the->peakHeapCount = the->currentHeapCount;
	the->peakChunksSize = the->currentChunksSize;
}

#if !defined(__linux__)
int boardExhausted(void *machine)
{
	txMachine *the = machine;
	/* The least the block grows by: `incremental` slots of the manifest, which chunks stay below. */
	return the->heap && (txSize)(the->heap_pend - the->heap_ptr) < the->minimumHeapCount * (txSize)sizeof(txSlot);
}
#endif
