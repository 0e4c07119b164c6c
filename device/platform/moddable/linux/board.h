/* What main.c and board-native.c share: the life of the process that stands for a board. */
#ifndef THIRTEEN_LINUX_BOARD_H
#define THIRTEEN_LINUX_BOARD_H

/** A `ResetReason` of platform.ts: why this life of the process began. */
extern const char *boardResetReason;
/** The file that stands for the flash. */
extern int boardFlash;

/** Starts this program anew, with nothing left of the life before but the flash. Async-signal-safe. */
_Noreturn void boardReset(const char *reason);

#endif
