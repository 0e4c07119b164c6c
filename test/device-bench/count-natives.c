/* The bench's clock. With `-icount shift=3` the emulator's time is a count of instructions: 125 a microsecond. */
#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"

#include "esp_timer.h"
#include "freertos/FreeRTOS.h"

#include "../../device/platform/moddable/tls/tls-work.h"

/* Microseconds since start. */
void xs_bench_micros(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)esp_timer_get_time());
}

/* Microseconds for `turns` turns of a loop of two instructions: what the clock is held against. */
void xs_bench_spin(xsMachine *the)
{
	int turns = xsmcToInteger(xsArg(0));
	int64_t before = esp_timer_get_time();
	if (turns < 1)
		xsRangeError("spin: one turn at least");
	__asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(turns));
	xsmcSetNumber(xsResult, (double)(esp_timer_get_time() - before));
}

/* Never comes back; with interrupts held back, if so told. What is left is a watchdog. */
void xs_bench_hang(xsMachine *the)
{
	if (xsmcToBoolean(xsArg(0)))
		portDISABLE_INTERRUPTS();
	for (;;)
		__asm__ volatile("");
}

/* Bytes of stack that a handshake's step left at least. */
void xs_bench_stack(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)tlsWorkLeastStack());
}
