/* How a machine ends: each way is a last frame and the end of the process. */
#include "host.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

static const size_t largestStack = 256 << 20;
static const char* dying; /* the death being reported */
static const char* const undescribed = "an exception that cannot be described";
static char* stackLimit;
static char watchdogDetail[64];

void die(const char* death, const char* detail) {
  sendFrame('X', death, detail, false, NULL, 0);
  _exit(0);
}

/* The watchdog counts CPU time of this process: a busy desk never bites a healthy device. */
void watch(int milliseconds) {
  struct itimerval timer = {{0, 0}, {milliseconds / 1000, (milliseconds % 1000) * 1000}};
  if (milliseconds > 0)
    snprintf(watchdogDetail, sizeof(watchdogDetail), "no end after %d ms of CPU time", milliseconds);
  setitimer(ITIMER_PROF, &timer, NULL);
}

static void onWatchdog(int signal) {
  (void)signal;
  die("watchdog", watchdogDetail);
}

/* Below XS's own checks: a C recursion they do not see must not look like a broken desk. */
static void onFault(int signal, siginfo_t* info, void* context) {
  char detail[64];
  char* address = info->si_addr;
  struct rlimit limit;
  (void)context;
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur > largestStack)
    limit.rlim_cur = largestStack;
  if (address < stackLimit && address > stackLimit - limit.rlim_cur)
    die("stack-overflow", "the native stack is exhausted");
  snprintf(detail, sizeof(detail), "the engine failed: signal %d", signal);
  die("exception", detail);
}

void handleSignals(void) {
  static char alternateStack[64 * 1024];
  stack_t alternate = {.ss_sp = alternateStack, .ss_size = sizeof(alternateStack)};
  struct sigaction fault = {.sa_sigaction = onFault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  struct sigaction watchdog = {.sa_handler = onWatchdog, .sa_flags = SA_ONSTACK};
  sigaltstack(&alternate, NULL);
  sigaction(SIGSEGV, &fault, NULL);
  sigaction(SIGBUS, &fault, NULL);
  sigaction(SIGILL, &fault, NULL);
  sigaction(SIGPROF, &watchdog, NULL);
  signal(SIGPIPE, SIG_IGN);
}

/* The exception with its stack, which in XS names functions but no lines. */
void dieOfException(txMachine* the, const char* death, const char* how) {
  static char detail[4096];
  txSlot* instance = mxException.kind == XS_REFERENCE_KIND ? mxException.value.reference : NULL;
  dying = death;
  mxTry(the) {
    mxPush(mxException);
    if (instance && instance->next && instance->next->kind == XS_ERROR_KIND) mxGetID(mxID(_stack));
    snprintf(detail, sizeof(detail), "%s%s", how, fxToString(the, the->stack));
    die(death, detail);
  }
  mxCatch(the) {}
  die(death, undescribed);
}

/* Where XS gives up. It must not return, and here it never does: the device resets. */
void fxAbort(txMachine* the, int status) {
  char detail[96];
  HeapFigures heap = heapFigures();
  if (dying) die(dying, undescribed);
  switch (status) {
    case XS_NOT_ENOUGH_MEMORY_EXIT:
    case XS_NO_MORE_KEYS_EXIT:
      snprintf(detail, sizeof(detail), "no room beside slots of %ld bytes and chunks of %ld",
               (long)heap.slots, (long)heap.chunks);
      die("memory-full", detail);
    case XS_STACK_OVERFLOW_EXIT:
      die("stack-overflow",
          (char*)__builtin_frame_address(0) < stackLimit ? "native stack" : "JavaScript stack");
    case XS_UNHANDLED_EXCEPTION_EXIT:
      dieOfException(the, "exception", "");
    case XS_UNHANDLED_REJECTION_EXIT:
      dieOfException(the, "exception", "unhandled rejection: ");
    default:
      snprintf(detail, sizeof(detail), "the engine gave up: %d", status);
      die("exception", detail);
  }
}

/* XS gives up when its C functions go deeper than `size` bytes below the caller. */
void limitNativeStack(txMachine* the, size_t size) {
  stackLimit = (char*)__builtin_frame_address(0) - size;
  if (the) the->stackLimit = stackLimit;
}

char* fxCStackLimit(void) { return stackLimit; }
