#ifndef THIRTEEN_HEAP_H
#define THIRTEEN_HEAP_H

/** Bytes of slots, their peak, bytes of chunks, their peak. */
void boardHeap(void *machine, unsigned figures[4]);

/** How many slots are in use, and bytes of chunks. */
void boardAlive(void *machine, unsigned figures[2]);

/** A whole collection, now. */
void boardCollect(void *machine);

/** The peaks begin anew from what is in use. */
void boardForgetPeaks(void *machine);

/** 1 when the engine's one block can no longer grow; 0 on a board without such a block. */
int boardExhausted(void *machine);

#endif
