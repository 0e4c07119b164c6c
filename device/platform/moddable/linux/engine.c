/* The engine's last call. A file of its own: xsAll.h and xsmc.h do not go together. */
#include "xsAll.h"
#include "board.h"

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
