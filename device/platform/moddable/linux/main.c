/*
 * The root of the Linux build: `thirteen <flash file> [<reset reason>]`. A process stands for a board:
 * what would reset the chip starts the program anew, on the same flash.
 */
#define _GNU_SOURCE
#include "xsmc.h"
#include "mc.xs.h"

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "board.h"

/*
 * Half of the limit of the chips, whose turns are far longer. Of the program's own time on
 * a processor, as a chip has one to itself: by the clock, a busy machine is a hang. Nothing here blocks.
 */
#define WATCHDOG_SECONDS 8

const char *boardResetReason = "power-on";
int boardFlash = -1;
static const char *flashPath;

void boardReset(const char *reason)
{
	char *const arguments[] = { "thirteen", (char *)flashPath, (char *)reason, NULL };
	close_range(3, ~0U, 0);
	execve("/proc/self/exe", arguments, environ);
	_exit(70);
}

static void bite(int signal)
{
	(void)signal;
	boardReset("watchdog");
}

static gboolean feed(gpointer unused)
{
	static const struct itimerval limit = { .it_value = { .tv_sec = WATCHDOG_SECONDS } };
	(void)unused;
	setitimer(ITIMER_PROF, &limit, NULL);
	return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
	struct sigaction biting = { .sa_handler = bite, .sa_flags = SA_NODEFER };
	GMainLoop *loop;
	xsMachine *machine;

	if (argc < 2) {
		fprintf(stderr, "usage: thirteen <flash file>\n");
		return 2;
	}
	flashPath = argv[1];
	if (argc > 2)
		boardResetReason = argv[2];
	boardFlash = open(flashPath, O_RDWR);
	if (boardFlash < 0) {
		perror(flashPath);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGPROF, &biting, NULL);
	feed(NULL);
	/* As urgent as a timer of no delay: a chain of those is busy, and no hang. */
	g_timeout_add_seconds_full(G_PRIORITY_HIGH, 1, feed, NULL, NULL);

	machine = xsPrepareMachine(NULL, xsPreparation(), "thirteen", NULL, NULL);
	loop = g_main_loop_new(NULL, FALSE);
	xsBeginHost(machine);
	{
		xsmcVars(1);
		xsTry {
			xsVar(0) = xsAwaitImport("main", XS_IMPORT_NAMESPACE);
		}
		xsCatch {
			fprintf(stderr, "%s\n", xsmcToString(xsException));
			boardReset("exception");
		}
	}
	xsEndHost(machine);
	g_main_loop_run(loop);
	return 0;
}
