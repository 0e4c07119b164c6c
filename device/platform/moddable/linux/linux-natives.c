/*
 * The Linux board's natives: flash as a file, randomness of the kernel, clocks, and the line to the
 * bench on standard input and output. Every argument is checked; nothing here calls back.
 */
#define _GNU_SOURCE
#include "xsmc.h"
#include "mc.xs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#include "../heap.h"

#define RANDOM_LIMIT 4096
#define LINE_LIMIT 8192

/* A whole number from `least` to `most`, or an exception. */
static int whole(xsMachine *the, xsSlot *slot, double least, double most)
{
	double number = xsmcToNumber(*slot);
	if (!(number >= least && number <= most) || number != (double)(int)number)
		xsRangeError("not a whole number in the range");
	return (int)number;
}

static int flashSize(xsMachine *the)
{
	struct stat facts;
	if (fstat(boardFlash, &facts) != 0)
		xsUnknownError("flash: cannot be asked for its size");
	return (int)facts.st_size;
}

/* The offset, checked together with the length behind it. */
static int place(xsMachine *the, xsSlot *slot, int length)
{
	return whole(the, slot, 0, (double)flashSize(the) - length);
}

void xs_board_random(xsMachine *the)
{
	int length = whole(the, &xsArg(0), 1, RANDOM_LIMIT), filled = 0;
	uint8_t bytes[RANDOM_LIMIT];
	while (filled < length) {
		ssize_t got = getrandom(bytes + filled, (size_t)(length - filled), 0);
		if (got <= 0)
			xsUnknownError("random: the kernel has none");
		filled += (int)got;
	}
	xsmcSetArrayBuffer(xsResult, bytes, length);
	explicit_bzero(bytes, sizeof bytes);
}

void xs_board_flash_read(xsMachine *the)
{
	int length = whole(the, &xsArg(1), 0, flashSize(the));
	int offset = place(the, &xsArg(0), length);
	void *bytes = xsmcSetArrayBuffer(xsResult, NULL, length);
	if (pread(boardFlash, bytes, (size_t)length, offset) != length)
		xsUnknownError("flash: read failed");
}

/* As NOR flash: a write clears bits, and never sets one. */
void xs_board_flash_write(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;
	int offset;
	uint8_t *old;
	xsmcGetBufferReadable(xsArg(1), &bytes, &length);
	offset = place(the, &xsArg(0), (int)length);
	old = malloc(length + 1);
	if (!old || pread(boardFlash, old, length, offset) != (ssize_t)length) {
		free(old);
		xsUnknownError("flash: read failed");
	}
	for (xsUnsignedValue at = 0; at < length; at++)
		if ((old[at] & ((uint8_t *)bytes)[at]) != ((uint8_t *)bytes)[at]) {
			free(old);
			xsUnknownError("flash: illegal write, not erased");
		}
	free(old);
	if (pwrite(boardFlash, bytes, length, offset) != (ssize_t)length)
		xsUnknownError("flash: write failed");
}

void xs_board_flash_erase(xsMachine *the)
{
	uint8_t blank[4096];
	int length = whole(the, &xsArg(1), 0, flashSize(the));
	int offset = place(the, &xsArg(0), length);
	if (offset % (int)sizeof blank || length % (int)sizeof blank)
		xsRangeError("flash: not whole blocks");
	memset(blank, 0xff, sizeof blank);
	for (; length > 0; length -= (int)sizeof blank, offset += (int)sizeof blank)
		if (pwrite(boardFlash, blank, sizeof blank, offset) != (ssize_t)sizeof blank)
			xsUnknownError("flash: erase failed");
}

static double clockOf(clockid_t which, double scale)
{
	struct timespec now;
	clock_gettime(which, &now);
	return (double)now.tv_sec * scale + (double)now.tv_nsec * scale / 1e9;
}

/* Milliseconds, never backwards. */
void xs_board_ticks(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)(int64_t)clockOf(CLOCK_MONOTONIC, 1e3));
}

/* Seconds since 1970. */
void xs_board_wall(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)(int64_t)clockOf(CLOCK_REALTIME, 1));
}

void xs_board_reset_reason(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)boardResetReason);
}

void xs_board_restart(xsMachine *the)
{
	(void)the;
	boardReset("restart");
}

void xs_board_heap(xsMachine *the)
{
	unsigned figures[4];
	boardHeap(the, figures);
	xsmcSetNumber(xsResult, figures[whole(the, &xsArg(0), 0, 3)]);
}

void xs_board_say(xsMachine *the)
{
	const char *text = xsmcToString(xsArg(0));
	size_t left = strlen(text);
	while (left > 0) {
		ssize_t put = write(STDOUT_FILENO, text, left);
		if (put <= 0)
			exit(0); /* nobody listens any more */
		text += put;
		left -= (size_t)put;
	}
}

/* The next line from the bench, or undefined. When the bench is gone, so is the board. */
void xs_board_hear(xsMachine *the)
{
	static char held[LINE_LIMIT];
	static size_t length;
	struct timespec now = { 0, 0 };
	fd_set ready;
	char *end = memchr(held, '\n', length);
	FD_ZERO(&ready);
	FD_SET(STDIN_FILENO, &ready);
	if (!end && pselect(1, &ready, NULL, NULL, &now, NULL) == 1) {
		ssize_t got = read(STDIN_FILENO, held + length, sizeof held - length);
		if (got <= 0)
			exit(0);
		length += (size_t)got;
		end = memchr(held, '\n', length);
	}
	if (!end) {
		if (length == sizeof held)
			length = 0; /* no line of ours is so long */
		return;
	}
	*end = 0;
	xsmcSetString(xsResult, held);
	length -= (size_t)(end + 1 - held);
	memmove(held, end + 1, length);
}
