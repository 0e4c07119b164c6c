/*
 * One XS machine: one simulated device. The desk starts a process of this program per device, so
 * that whatever ends one machine (memory full, stack overflow, watchdog, kill) touches no other.
 *
 *   xs-host <heap limit in the chip's bytes> <watchdog in CPU milliseconds> <slots of JavaScript stack>
 *
 * The three hold from when the bundle is loaded.
 *
 * Beside standard globals a bundle sees `hostCall`, and XS's `Compartment` and `harden`. The compiler
 * of source text at run time (`eval`) works outside the limited heap: on the chip it does not exist.
 */
#include "host.h"

#include <sys/resource.h>

enum {
  /* The chip's task has 10 KB of native stack. Frames are larger here (the interpreter's alone takes
   * 1.7 KB): four times as much is a judgement, not a measurement. */
  nativeStackBytes = 4 * 10 * 1024,
  loadWatchdogMs = 10000,
  /* A bundle may be one function with a variable for every name in it; on the chip there are modules. */
  loadStackSlots = 16384,
};

/* Of XS, but declared in none of its headers. */
extern void fx_harden(txMachine* the);
extern void fxRemapIDs(txMachine* the, txByte* code, txSize size, txID* ids);

static txID eventID;
static bool promiseJobs;

/* Other duties of a platform */

void fxQueuePromiseJobs(txMachine* the) { (void)the, promiseJobs = true; }
void fxCreateMachinePlatform(txMachine* the) { (void)the; }
void fxDeleteMachinePlatform(txMachine* the) { (void)the; }

/* The bundle is one script. There is nowhere to import from. */
txID fxFindModule(txMachine* the, txSlot* realm, txID moduleID, txSlot* name) {
  (void)the, (void)realm, (void)moduleID, (void)name;
  return XS_NO_ID;
}
void fxLoadModule(txMachine* the, txSlot* module, txID moduleID) {
  (void)the, (void)module, (void)moduleID;
}

/* JavaScript */

static void pushText(txMachine* the, const char* text, txU4 length) {
  mxPushUndefined();
  fxStringBuffer(the, the->stack, (txString)text, (txSize)length);
}

static void pushBytes(txMachine* the, const Frame* frame) {
  mxPushUndefined();
  fxArrayBuffer(the, the->stack, frame->bytes, (txInteger)frame->bytesLength, -1);
}

/* hostCall(op, json, bytes?) → { json, bytes? } */
static void hostCall(txMachine* the) {
  if (mxArgc < 2) mxTypeError("hostCall(op, json, bytes?)");
  fxToString(the, mxArgv(0));
  fxToString(the, mxArgv(1));
  bool hasBytes = mxArgc > 2 && mxArgv(2)->kind != XS_UNDEFINED_KIND;
  txSize size = hasBytes ? fxGetArrayBufferLength(the, mxArgv(2)) : 0;
  void* bytes = hasBytes ? fxToArrayBuffer(the, mxArgv(2)) : NULL;
  sendFrame('C', mxArgv(0)->value.string, mxArgv(1)->value.string, hasBytes, bytes, size);
  Frame reply = receiveFrame();
  if (reply.type == 'T') {
    mxPush(mxErrorConstructor);
    mxNew();
    pushText(the, reply.b, reply.bLength);
    mxRunCount(1);
    mxPull(mxException);
    fxJump(the);
  }
  mxPush(mxObjectPrototype);
  txSlot* property = fxLastProperty(the, fxNewObjectInstance(the));
  pushText(the, reply.b, reply.bLength);
  property = fxNextSlotProperty(the, property, the->stack, fxID(the, "json"), XS_NO_FLAG);
  mxPop();
  if (reply.hasBytes) {
    pushBytes(the, &reply);
    fxNextSlotProperty(the, property, the->stack, fxID(the, "bytes"), XS_NO_FLAG);
    mxPop();
  }
  mxPullSlot(mxResult);
}

static void defineGlobal(txMachine* the, txString name, txCallback callback, txInteger length) {
  fxNewHostFunction(the, callback, length, fxID(the, name), XS_NO_ID);
  mxPush(mxGlobal);
  mxDefineID(fxID(the, name), XS_DONT_ENUM_FLAG, XS_DONT_ENUM_FLAG);
  mxPop();
}

/* XS has `trace` and `global` of its own; a device sees the standard and what we define. */
static void deleteGlobal(txMachine* the, txString name) {
  mxPush(mxGlobal);
  mxDeleteID(fxID(the, name));
  mxPop();
}

static void runPromiseJobs(txMachine* the) {
  while (promiseJobs) {
    promiseJobs = false;
    fxRunPromiseJobs(the);
  }
}

/*
 * Makes the compiled bundle what it is on the chip: read-only memory. Its names are resolved once,
 * and its functions and strings are used where they are; otherwise XS would copy a function's code
 * into the heap each time the function is made. The script is then never freed.
 */
static void keepInPlace(txMachine* the, txScript* script) {
  txByte* names = script->symbolsBuffer;
  txID count;
  mxDecodeID(names, count);
  txID* ids = malloc(count * sizeof(txID));
  if (!ids) _exit(1);
  ids[0] = XS_NO_ID;
  for (txID index = 1; index < count; index++) {
    ids[index] = fxNewNameC(the, (txString)names);
    names += strlen((char*)names) + 1;
  }
  fxRemapIDs(the, script->codeBuffer, script->codeSize, ids);
  free(ids);
  free(script->symbolsBuffer);
  script->symbolsBuffer = NULL; /* by which XS knows a script that is not its own to free */
  txByte* end = script->codeBuffer + script->codeSize;
  for (txByte* code = script->codeBuffer; code < end;) {
    txU1 operation = (txU1)*code;
    txS1 size = gxCodeSizes[operation];
    if (operation >= XS_CODE_CODE_1 && operation <= XS_CODE_CODE_4)
      *code += XS_CODE_CODE_ARCHIVE_1 - XS_CODE_CODE_1;
    else if (operation >= XS_CODE_STRING_1 && operation <= XS_CODE_STRING_4)
      *code += XS_CODE_STRING_ARCHIVE_1 - XS_CODE_STRING_1;
    if (size > 0) code += size;
    else if (size == 0) code += 1 + sizeof(txID);
    else if (size == -1) code += 2 + (txU1)code[1];
    else if (size == -2) code += 3 + ((txU1)code[1] | (txU1)code[2] << 8);
    else code += 5 + getU32((char*)code + 1);
  }
}

/* Compiling is most of a start: the desk keeps what came of it, for the next machine of this bundle. */
static void tellCompiled(const txScript* script) {
  char* bytes = malloc(4 + script->symbolsSize + script->codeSize);
  if (!bytes) _exit(1);
  memcpy(bytes, &script->symbolsSize, 4);
  memcpy(bytes + 4, script->symbolsBuffer, script->symbolsSize);
  memcpy(bytes + 4 + script->symbolsSize, script->codeBuffer, script->codeSize);
  sendFrame('B', "", "", true, bytes, 4 + script->symbolsSize + script->codeSize);
  free(bytes);
}

/* What `tellCompiled` told, by this same program. */
static txScript* compiledScript(const Frame* frame) {
  txScript* script = calloc(1, sizeof(txScript));
  if (!script) _exit(1);
  script->symbolsSize = (txSize)getU32(frame->bytes);
  script->codeSize = (txSize)frame->bytesLength - 4 - script->symbolsSize;
  script->symbolsBuffer = malloc(script->symbolsSize);
  script->codeBuffer = malloc(script->codeSize);
  if (!script->symbolsBuffer || !script->codeBuffer) _exit(1);
  memcpy(script->symbolsBuffer, frame->bytes + 4, script->symbolsSize);
  memcpy(script->codeBuffer, frame->bytes + 4 + script->symbolsSize, script->codeSize);
  return script;
}

static txScript* compile(txMachine* the, const Frame* frame) {
  txStringCStream stream = {frame->b, 0, (txSize)frame->bLength};
  txScript* script = fxParseScript(the, &stream, fxStringCGetter, mxProgramFlag);
  if (script && script->symbolsBuffer) tellCompiled(script);
  return script;
}

static void loadBundle(txMachine* the, const Frame* frame) {
  fxBeginHost(the);
  mxTry(the) {
    txSlot* program = mxProgram.value.reference;
    txSlot* realm = mxModuleInstanceInternal(program)->value.module.realm;
    txScript* script = frame->type == 'P' ? compiledScript(frame) : compile(the, frame);
    if (script && script->symbolsBuffer) keepInPlace(the, script);
    fxRunScript(the, script, mxRealmGlobal(realm), C_NULL, mxRealmClosures(realm)->value.reference,
                C_NULL, program);
    mxPop();
  }
  mxCatch(the) { dieOfException(the, "load", ""); }
  runPromiseJobs(the);
  fxEndHost(the);
}

static void runEvent(txMachine* the, const Frame* frame) {
  fxBeginHost(the);
  mxTry(the) {
    mxPushUndefined();
    mxPush(mxGlobal);
    mxGetID(eventID);
    if (!mxIsReference(the->stack)) mxTypeError("the bundle set no onHostEvent");
    mxCall();
    pushText(the, frame->a, frame->aLength);
    pushText(the, frame->b, frame->bLength);
    if (frame->hasBytes) pushBytes(the, frame);
    mxRunCount(frame->hasBytes ? 3 : 2);
    mxPop();
  }
  mxCatch(the) { dieOfException(the, "exception", ""); }
  runPromiseJobs(the);
  fxCheckUnhandledRejections(the, 1);
  fxEndHost(the);
}

static txMachine* createMachine(void) {
  txCreation creation = {
      .initialChunkSize = 64 << 10,
      .incrementalChunkSize = 16 << 10,
      .initialHeapCount = 4096,
      .incrementalHeapCount = 1024,
      .stackCount = mxStackIndexCount + loadStackSlots,
      .initialKeyCount = 2048,
      .incrementalKeyCount = 32,
      .nameModulo = 1993,
      .symbolModulo = 127,
      .parserBufferSize = 1 << 20,
      .parserTableModulo = 1993,
  };
  txMachine* the = fxBeginHost(createInBlock(&creation));
  eventID = fxID(the, "onHostEvent");
  defineGlobal(the, "hostCall", hostCall, 3);
  defineGlobal(the, "harden", fx_harden, 1);
  defineGlobal(the, "lockdown", fx_lockdown, 0);
  deleteGlobal(the, "trace");
  deleteGlobal(the, "global");
  fxEndHost(the);
  return the;
}

int main(int argc, char** argv) {
  struct rlimit limit;
  if (argc != 4) return 2;
  size_t heapLimit = strtoul(argv[1], NULL, 10);
  int watchdogMs = atoi(argv[2]);
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur > 8 << 20) limit.rlim_cur = 8 << 20;
  limitNativeStack(NULL, limit.rlim_cur / 2); /* the compiler of the bundle may go deep */
  handleSignals();
  txMachine* machine = createMachine();
  Frame frame = receiveFrame();
  watch(loadWatchdogMs);
  loadBundle(machine, &frame);
  watch(0);
  drawBaseline(machine, heapLimit);
  machine->stackBottom = machine->stackTop - mxStackIndexCount - atoi(argv[3]); /* was loadStackSlots */
  limitNativeStack(machine, nativeStackBytes);
  sendFrame('L', "", "", false, NULL, 0);
  for (;;) {
    frame = receiveFrame();
    if (frame.type == 'E') {
      watch(watchdogMs);
      runEvent(machine, &frame);
      watch(0);
    } else
      collect(machine);
    sendFrame('D', "", "", false, NULL, 0);
  }
}
