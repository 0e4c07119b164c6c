/*
 * The machine's memory: one block with a hard ceiling, as on the chip. It is measured in the chip's
 * bytes: a slot counts as the 16 bytes it has there, although here its pointers make it 32. Chunks
 * count as they are, which is a little more than on the chip: their headers are 16 bytes in place of 8.
 */
#include "host.h"

#include <sys/mman.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

enum {
  reserveBytes = 256 << 20, /* of address space, not of memory */
  chipSlotBytes = 16,
  largestCeiling = reserveBytes / (sizeof(txSlot) / chipSlotBytes), /* so that all slots fit, too */
  /* A thirtieth of the heap is worth a collection: of the chip's 137,216 bytes that is 4,576 bytes of
   * chunks, or 286 slots. */
  steps = 30,
};

/*
 * The block: chunks grow up from its start, slots grow down from its end, and both together may not
 * pass `ceiling`, in the chip's bytes. While the bundle loads the ceiling is whatever fits the reserve;
 * afterwards it is what the loaded code takes plus the limit, because on the chip that code is ROM
 * and takes no heap at all.
 */
static struct {
  char *start, *chunksEnd, *slotsStart, *end;
  size_t ceiling;
  txSize loadedSlots, loadedChunks; /* the baseline, bytes */
  txSize keptSlots, keptChunks;     /* alive after the last collection: count, bytes */
  txU4 keptPeak;                    /* the most that was ever alive after one, above the baseline */
} block;

static txMachine* machine;

/* A device that lets go of what the bundle made while loading is below the baseline: that is 0. */
static txU4 above(txSize bytes, txSize baseline) {
  return baseline > 0 && bytes > baseline ? (txU4)(bytes - baseline) : 0;
}

HeapFigures heapFigures(void) {
  if (!machine) return (HeapFigures){0};
  return (HeapFigures){
      .slots = above(machine->currentHeapCount * chipSlotBytes, block.loadedSlots),
      .slotsPeak = above(machine->peakHeapCount * chipSlotBytes, block.loadedSlots),
      .chunks = above(machine->currentChunksSize, block.loadedChunks),
      .chunksPeak = above(machine->peakChunksSize, block.loadedChunks),
      .keptPeak = block.keptPeak,
  };
}

/* The chip's bytes for what is `bytes` of slots here. */
static size_t onChip(size_t bytes) { return bytes / sizeof(txSlot) * chipSlotBytes; }

static size_t room(void) {
  return block.ceiling - (size_t)(block.chunksEnd - block.start) -
         onChip((size_t)(block.end - block.slotsStart));
}

/*
 * When to collect is decided here. XS's own collections are switched off, so that every need of more
 * memory arrives at `fxAllocateChunks` or `fxAllocateSlots`, and they collect only when a step's worth
 * has been taken since the last time; otherwise they grow. So a device cannot spend its life
 * collecting, and what it takes stays within a few steps of what it needs. (XS 13.3 by itself collects
 * whenever its block is full, which at worst is every few bytes. XS 17 on the chip avoids that by a
 * similar rule: it grows by a step when two collections in a row have left less than one.)
 */
void collect(txMachine* the) {
  fxEnableGarbageCollection(the, true);
  fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
  fxEnableGarbageCollection(the, false);
  block.keptSlots = the->currentHeapCount;
  block.keptChunks = the->currentChunksSize;
  txU4 kept = heapFigures().slots + heapFigures().chunks;
  if (kept > block.keptPeak) block.keptPeak = kept;
}

/* Leaves no free bytes at the end of the chunks: slots may have them. */
static void trimChunks(txMachine* the) {
  txBlock* run = the->firstBlock;
  the->maximumChunksSize -= (txSize)(run->limit - run->current);
  run->limit = run->current;
  block.chunksEnd = (char*)run->limit;
}

static bool growChunks(txMachine* the, size_t size) {
  if (size > room()) return false;
  block.chunksEnd += size;
  the->maximumChunksSize += (txSize)size;
  the->firstBlock->limit = (txByte*)block.chunksEnd;
  return true;
}

/* Makes room for `size` bytes, of which XS takes `sizeof(txBlock)` fewer, at the end of the one run. */
void* fxAllocateChunks(txMachine* the, txSize size) {
  txBlock* run = the->firstBlock;
  if (!run) {
    block.chunksEnd += size;
    return block.start;
  }
  txSize wanted = size - (txSize)sizeof(txBlock);
  bool collected = the->currentChunksSize - block.keptChunks >= the->minimumChunksSize;
  if (collected) collect(the);
  while (run->limit - run->current < wanted) {
    txSize missing = wanted - (txSize)(run->limit - run->current);
    if (growChunks(the, (missing / the->minimumChunksSize + 1) * the->minimumChunksSize)) break;
    if (collected && !growChunks(the, missing)) return NULL;
    if (!collected) collect(the);
    collected = true;
  }
  the->maximumChunksSize -= size; /* to which XS adds `size` */
  run->limit -= size;
  return run->limit;
}

/* XS asks for 64 slots at a time. -1 tells it that there are free ones again. */
txSlot* fxAllocateSlots(txMachine* the, txSize count) {
  static txSlot* const freed = (txSlot*)-1;
  size_t size = (size_t)count * sizeof(txSlot);
  if (machine && the->currentHeapCount - block.keptSlots >= the->minimumHeapCount) {
    collect(the);
    if (the->freeHeap) return freed;
  }
  if (machine && onChip(size) > room()) {
    collect(the);
    if (the->freeHeap) return freed;
    trimChunks(the);
  }
  if (onChip(size) > room()) return NULL;
  block.slotsStart -= size;
  return (txSlot*)block.slotsStart;
}

void fxFreeChunks(txMachine* the, void* chunks) { (void)the, (void)chunks; }
void fxFreeSlots(txMachine* the, void* slots) { (void)the, (void)slots; }

/*
 * Draws the line between the loaded code and what the device will use: full collection, no free
 * chunk bytes, and every gap between the code's slots taken for good, so that what follows starts
 * from an empty heap of exactly `heapLimit` bytes of the chip's.
 */
void drawBaseline(txMachine* the, size_t heapLimit) {
  long page = sysconf(_SC_PAGESIZE);
  collect(the);
  txSlot* gap = fxNewInstance(the); /* stays on the stack, so it and its list stay alive */
  while (the->freeHeap) {
    gap = gap->next = fxNewSlot(the);
    gap->flag = XS_INTERNAL_FLAG;
  }
  trimChunks(the);
  the->minimumHeapCount = (txSize)(heapLimit / steps / chipSlotBytes) + 1;
  the->minimumChunksSize = (txSize)(heapLimit / steps) / 16 * 16 + 16;
  the->peakHeapCount = the->currentHeapCount;
  the->peakChunksSize = the->currentChunksSize;
  block.loadedSlots = the->currentHeapCount * chipSlotBytes;
  block.loadedChunks = the->currentChunksSize;
  block.keptSlots = the->currentHeapCount;
  block.keptChunks = the->currentChunksSize;
  block.keptPeak = 0;
  block.ceiling -= room();
  block.ceiling += heapLimit;
  if (block.ceiling > largestCeiling) block.ceiling = largestCeiling;
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
  block.ceiling = largestCeiling;
  machine = fxCreateMachine(creation, "device", NULL, XS_NO_ID);
  if (!machine) die("load", "no memory");
  fxEnableGarbageCollection(machine, false);
  return machine;
}
