#ifndef THIRTEEN_HEAP_H
#define THIRTEEN_HEAP_H

/** Bytes of slots, their peak, bytes of chunks, their peak. */
void boardHeap(void *machine, unsigned figures[4]);

#endif
