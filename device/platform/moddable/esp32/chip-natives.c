/*
 * What an ESP32 has and the SDK has no module for: the hardware generator, why the chip started,
 * and ESP-IDF's two slots. Every argument is checked; nothing here calls back.
 */
#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"

#include <sys/time.h>
#include <time.h>

#include "esp_attr.h"
#include "esp_heap_caps.h"
#include "app_update/include/esp_ota_ops.h"
#include "esp_random.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "soc/soc_caps.h"

#include "../heap.h"

#define RANDOM_LIMIT 4096

/* With Wi-Fi up, or the bootloader's source still on, the generator is a true one (ESP-IDF, "Random
 * Number Generation"). */
void xs_board_random(xsMachine *the)
{
	int length = xsmcToInteger(xsArg(0));
	if (length < 1 || length > RANDOM_LIMIT)
		xsRangeError("random: 1 to 4096 bytes");
	esp_fill_random(xsmcSetArrayBuffer(xsResult, NULL, length), (size_t)length);
}

/*
 * Why the chip is about to restart itself, for the life after; memory that a restart leaves alone. The
 * engine tells of every end it puts to a program but two. A stack overflow it does not tell; and to tell of
 * exhausted memory it allocates the words for it, fails again, and goes on so until the native stack is
 * used up. So a restart that nobody announced was a stack overflow, unless the block was full. Where the mark of
 * a life of ours is missing, there was none since power came: the bootloader restarts a chip that it has locked.
 */
#define ANNOUNCED 0x54313300u
enum { NOTHING, RESTART, MEMORY_FULL, EXCEPTION };
static RTC_NOINIT_ATTR uint32_t announced;

/* 1 a restart, 2 memory full, 3 an exception that nobody caught. */
void xs_board_announce(xsMachine *the)
{
	int what = xsmcToInteger(xsArg(0));
	if (what < RESTART || what > EXCEPTION)
		xsRangeError("announce: no such end");
	announced = ANNOUNCED | (uint32_t)what;
}

static xsMachine *machine;

/* Called by esp_restart: the engine ends with it, too. */
static void beforeRestart(void)
{
	if (announced == (ANNOUNCED | NOTHING) && boardExhausted(machine))
		announced = ANNOUNCED | MEMORY_FULL;
}

static const char *restartReason(void)
{
	switch (announced ^ ANNOUNCED) {
	case RESTART:
		return "restart";
	case MEMORY_FULL:
		return "memory-full";
	case EXCEPTION:
		return "exception";
	case NOTHING:
		return "stack-overflow";
	default:
		return "power-on";
	}
}

/* A word of `ResetReason` in platform.ts; asked once a life. */
void xs_board_reset_reason(xsMachine *the)
{
	const char *reason;
	switch (esp_reset_reason()) {
	case ESP_RST_SW:
		reason = restartReason();
		break;
	case ESP_RST_INT_WDT:
	case ESP_RST_TASK_WDT:
	case ESP_RST_WDT:
		reason = "watchdog";
		break;
	case ESP_RST_PANIC:
		reason = "exception";
		break;
	case ESP_RST_BROWNOUT:
		reason = "brown-out";
		break;
	default:
		reason = "power-on";
	}
	announced = ANNOUNCED | NOTHING;
	machine = the;
	esp_register_shutdown_handler(beforeRestart);
	xsmcSetString(xsResult, (char *)reason);
}

void xs_board_restart(xsMachine *the)
{
	(void)the;
	announced = ANNOUNCED | RESTART;
	esp_restart();
}

/* Milliseconds since start. */
void xs_board_ticks(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)(esp_timer_get_time() / 1000));
}

/* The clock that TLS checks certificates by; it moves forward only. */
void xs_board_raise_clock(xsMachine *the)
{
	double seconds = xsmcToNumber(xsArg(0));
	struct timeval later = { 0 };
	if (!(seconds >= 0 && seconds <= 4294967295.0))
		xsRangeError("clock: no such time");
	later.tv_sec = (time_t)seconds;
	if (later.tv_sec > time(NULL))
		settimeofday(&later, NULL);
}

/* 0 slots, 1 their peak, 2 chunks, 3 their peak; 4 free in the chip's heap, 5 the least there was,
 * 6 the largest free block; bytes. */
void xs_board_heap(xsMachine *the)
{
	unsigned figures[7];
	int which = xsmcToInteger(xsArg(0));
	if (which < 0 || which > 6)
		xsRangeError("heap: no such figure");
	boardHeap(the, figures);
	figures[4] = (unsigned)esp_get_free_heap_size();
	figures[5] = (unsigned)esp_get_minimum_free_heap_size();
	figures[6] = (unsigned)heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT);
	xsmcSetNumber(xsResult, figures[which]);
}

/* 1 for the second slot, 0 for the first. */
void xs_board_running(xsMachine *the)
{
	const esp_partition_t *running = esp_ota_get_running_partition();
	xsmcSetInteger(xsResult, running && running->subtype == ESP_PARTITION_SUBTYPE_APP_OTA_1);
}

/* 1 while the running image is on trial. */
void xs_board_on_trial(xsMachine *the)
{
	esp_ota_img_states_t state;
	const esp_partition_t *running = esp_ota_get_running_partition();
	xsmcSetInteger(xsResult, esp_ota_get_state_partition(running, &state) == ESP_OK
		&& state == ESP_OTA_IMG_PENDING_VERIFY);
}

/* 1 when an image was started once and given up. */
void xs_board_rolled_back(xsMachine *the)
{
	xsmcSetInteger(xsResult, esp_ota_get_last_invalid_partition() != NULL);
}

void xs_board_confirm(xsMachine *the)
{
	if (esp_ota_mark_app_valid_cancel_rollback() != ESP_OK)
		xsUnknownError("otadata: cannot be written");
}

/* Returns, with false, only when the other slot holds nothing that could run. */
void xs_board_roll_back(xsMachine *the)
{
	announced = ANNOUNCED | RESTART;
	esp_ota_mark_app_invalid_rollback_and_reboot();
	announced = NOTHING;
	xsmcSetFalse(xsResult);
}
