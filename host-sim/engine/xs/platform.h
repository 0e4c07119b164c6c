/*
 * What the XS sources ask of a platform, for our host on Linux and macOS. XS includes this file in
 * place of its own platform headers (`-DXSPLATFORM="platform.h"`), before anything else.
 */
#ifndef THIRTEEN_XS_PLATFORM
#define THIRTEEN_XS_PLATFORM

#if !defined(__GNUC__) || (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
#error "the XS engine needs gcc or clang and a little-endian machine"
#endif

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__APPLE__)
#undef mxMacOSX
#define mxMacOSX 1
#else
#undef mxLinux
#define mxLinux 1
#endif

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))
#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1

/* Ours, in host.c: memory, native stack limit, promise jobs, abort, modules. The rest is XS's. */
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultCStackLimit 0

/* The names are XS's: its Atomics.wait keeps a list of waiting machines through these. */
#define mxMachinePlatform \
  void* waiterCondition;  \
  void* waiterData;       \
  void* waiterLink;

#if INTPTR_MAX == INT64_MAX
#define mx32bitID 1
#endif

/* Strings are CESU-8 inside, so that lengths, indices and lone surrogates are the standard's. */
#define mxCESU8 1

#endif
