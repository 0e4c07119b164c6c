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

/* sign(message, scalar): an ArrayBuffer, r and s. Nothing is allocated while the two are held. */
void xs_p256_sign(xsMachine *the)
{
	uint8_t signature[P256_SIGNATURE_LENGTH];
	void *message = NULL, *scalar = NULL;
	xsUnsignedValue messageLength = 0, scalarLength = 0;

	if (xsmcArgc < 2)
		xsUnknownError("message and scalar are needed");
	xsmcGetBufferReadable(xsArg(0), &message, &messageLength);
	xsmcGetBufferReadable(xsArg(1), &scalar, &scalarLength);
	if (!p256Sign(message, messageLength, scalar, scalarLength, signature))
		xsUnknownError("not signed: no key of the curve, or no memory");
	xsmcSetArrayBuffer(xsResult, signature, sizeof signature);
}
