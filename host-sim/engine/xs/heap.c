/* The machine's memory: one block with a hard ceiling, as on the chip. */
#include "host.h"

#include <sys/mman.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

enum {
  reserveBytes = 256 << 20, /* of address space, not of memory */
  /* The steps of the SDK's esp32c3 target (`creation` in its manifest). */
  slotIncrement = 64,
  chunkIncrement = 512,
};

/*
 * The block: chunks grow up from its start, slots grow down from its end, and both together may not
 * pass `ceiling`. While the bundle loads the ceiling is the whole reserve; afterwards it is what the
 * loaded code takes plus the limit, because on the chip that code is ROM and takes no heap at all.
 */
static struct {
  char *start, *chunksEnd, *slotsStart, *end;
  size_t ceiling;
  txSize loadedSlots, loadedChunks; /* the baseline, bytes */
} block;

static txMachine* machine;

/* A device that lets go of what the bundle made while loading is below the baseline: that is 0. */
static txU4 above(txSize bytes, txSize baseline) {
  return baseline > 0 && bytes > baseline ? (txU4)(bytes - baseline) : 0;
}

HeapFigures heapFigures(void) {
  txSize slot = sizeof(txSlot);
  if (!machine) return (HeapFigures){0};
  return (HeapFigures){
      .slots = above(machine->currentHeapCount * slot, block.loadedSlots),
      .slotsPeak = above(machine->peakHeapCount * slot, block.loadedSlots),
      .chunks = above(machine->currentChunksSize, block.loadedChunks),
      .chunksPeak = above(machine->peakChunksSize, block.loadedChunks),
  };
}

static size_t room(void) {
  return block.ceiling - (size_t)(block.chunksEnd - block.start) -
         (size_t)(block.end - block.slotsStart);
}

/* Extends the one run of chunks; what is still free at its end counts towards the new chunk. */
void* fxAllocateChunks(txMachine* the, txSize size) {
  txBlock* run = the->firstBlock;
  size_t missing = (size_t)size;
  if (run) missing -= sizeof(txBlock) + (size_t)(run->limit - run->current);
  if (missing > room()) return NULL;
  block.chunksEnd += missing;
  if (!run) return block.start;
  the->maximumChunksSize -= size - (txSize)missing;
  run->limit = (txByte*)block.chunksEnd - size; /* to which XS adds `size` */
  return run->limit;
}

/* Leaves no free bytes at the end of the chunks: slots may have them. */
static void trimChunks(txMachine* the) {
  txBlock* run = the->firstBlock;
  the->maximumChunksSize -= (txSize)(run->limit - run->current);
  run->limit = run->current;
  block.chunksEnd = (char*)run->limit;
}

/* As on the chip, slots that find no room take what a compaction of the chunks sets free. */
txSlot* fxAllocateSlots(txMachine* the, txSize count) {
  size_t size = (size_t)count * sizeof(txSlot);
  if (size > room() && the->firstBlock) {
    fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
    trimChunks(the);
  }
  if (size > room()) return NULL;
  block.slotsStart -= size;
  return (txSlot*)block.slotsStart;
}

void fxFreeChunks(txMachine* the, void* chunks) { (void)the, (void)chunks; }
void fxFreeSlots(txMachine* the, void* slots) { (void)the, (void)slots; }

/*
 * Draws the line between the loaded code and what the device will use: full collection, no free
 * chunk bytes, and every gap between the code's slots taken for good, so that what follows starts
 * from an empty heap of exactly `heapLimit` bytes, growing in the chip's own steps.
 */
void drawBaseline(txMachine* the, size_t heapLimit) {
  long page = sysconf(_SC_PAGESIZE);
  fxCollect(the, XS_COMPACT_FLAG);
  txSlot* gap = fxNewInstance(the); /* stays on the stack, so it and its list stay alive */
  while (the->freeHeap) {
    gap = gap->next = fxNewSlot(the);
    gap->flag = XS_INTERNAL_FLAG;
  }
  trimChunks(the);
  the->minimumHeapCount = slotIncrement;
  the->minimumChunksSize = chunkIncrement;
  the->peakHeapCount = the->currentHeapCount;
  the->peakChunksSize = the->currentChunksSize;
  block.loadedSlots = the->currentHeapCount * (txSize)sizeof(txSlot);
  block.loadedChunks = the->currentChunksSize;
  block.ceiling -= room();
  block.ceiling += heapLimit;
  if (block.ceiling > reserveBytes) block.ceiling = reserveBytes;
  char* unused = (char*)(((uintptr_t)block.chunksEnd + (uintptr_t)page - 1) & -(uintptr_t)page);
  madvise(unused, (size_t)(block.slotsStart - unused) & -(size_t)page, MADV_DONTNEED);
#if defined(__GLIBC__)
  malloc_trim(0); /* the parser's memory */
#endif
}

/* Reserves the block and makes the machine in it; ends the process where that is impossible. */
txMachine* createInBlock(txCreation* creation) {
  int flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE;
  block.start = mmap(NULL, reserveBytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (block.start == MAP_FAILED) die("load", "no address space");
  block.chunksEnd = block.start;
  block.end = block.slotsStart = block.start + reserveBytes;
  block.ceiling = reserveBytes;
  machine = fxCreateMachine(creation, "device", NULL, XS_NO_ID);
  if (!machine) die("load", "no memory");
  return machine;
}
