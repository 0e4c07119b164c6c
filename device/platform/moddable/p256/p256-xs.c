/* The XS face of p256-check.c. */
#include "xsmc.h"
#include "mc.xs.h"
#if !defined(__linux__)
#include "xsHost.h"
#endif

#include "p256-check.h"

/* verify(signature, message, publicKey). The three lie still: nothing is allocated before the answer. */
void xs_p256_verify(xsMachine *the)
{
	void *bytes[3] = { NULL, NULL, NULL };
	xsUnsignedValue lengths[3] = { 0, 0, 0 };
	int i;

	if (xsmcArgc < 3)
		xsUnknownError("signature, message and key are needed");
	for (i = 0; i < 3; i++)
		xsmcGetBufferReadable(xsArg(i), &bytes[i], &lengths[i]);
	xsmcSetBoolean(xsResult,
		p256Verify(bytes[0], lengths[0], bytes[1], lengths[1], bytes[2], lengths[2]));
}
