/* What is alive, for development builds (memory-watch.ts). */
#include "xsmc.h"
#include "mc.xs.h"
#if !defined(__linux__)
#include "xsHost.h"
#endif

#include "heap.h"

/* live(which): 0 collects and gives slots, a number of them; 1 gives the bytes of chunks; 2 does, and has
 * the peaks begin anew. */
void xs_heap_live(xsMachine *the)
{
	unsigned alive[2];
	int which = xsmcToInteger(xsArg(0));
	if (which < 0 || which > 2)
		xsRangeError("live: 0 to 2");
	if (which == 0)
		boardCollect(the);
	if (which == 2)
		boardForgetPeaks(the);
	boardAlive(the, alive);
	xsmcSetNumber(xsResult, alive[which ? 1 : 0]);
}
