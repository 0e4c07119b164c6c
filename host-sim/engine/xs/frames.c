/*
 * The frames between the desk and a machine, over file descriptor 3, little-endian:
 *
 *   u32 length of what follows · u8 type · u8 bytes present · u32 a · u32 b · text of a bytes ·
 *   text of b bytes · the bytes, to the end of the frame
 *
 * Texts are CESU-8, as XS keeps them. Frames from here carry five u32 after `u32 b`: `HeapFigures`.
 *
 *   to us    S ("", source)       first of all: load the bundle
 *            P ("", "", bytes)    the same, as an earlier B gave it
 *            E (event, json, …)   run onHostEvent(event, json, bytes)
 *            H                    collect garbage, then say how much heap is in use
 *            R ("", json, …)      the answer to C
 *            T ("", message)      the answer to C is an exception
 *   from us  B ("", "", bytes)    the bundle of S, compiled
 *            L                    loaded
 *            D                    the event, or H, is done, and so are its promise jobs
 *            C (op, json, …)      hostCall(op, json, bytes); nothing runs here until R or T comes
 *            X (death, detail)    the machine is dead; "load" when the bundle could not be evaluated
 *
 * The desk sends the next frame only when the last was answered, so there is nothing to queue here.
 * End of file means that the power is gone.
 */
#include "host.h"

#include <signal.h>
#include <sys/uio.h>

enum { channel = 3, headerBytes = 14 };

static void putU32(char* at, txU4 value) { memcpy(at, &value, 4); }

txU4 getU32(const char* at) {
  txU4 value;
  memcpy(&value, at, 4);
  return value;
}

void sendFrame(char type, const char* a, const char* b, bool hasBytes, const void* bytes, txSize size) {
  char header[headerBytes + sizeof(HeapFigures)];
  size_t aLength = strlen(a), bLength = strlen(b);
  struct iovec parts[4] = {
      {header, sizeof(header)}, {(void*)a, aLength}, {(void*)b, bLength}, {(void*)bytes, size}};
  putU32(header, (txU4)(sizeof(header) - 4 + aLength + bLength + size));
  header[4] = type;
  header[5] = hasBytes;
  putU32(header + 6, (txU4)aLength);
  putU32(header + 10, (txU4)bLength);
  HeapFigures heap = heapFigures();
  memcpy(header + headerBytes, &heap, sizeof(heap));
  sigset_t watchdog;
  sigemptyset(&watchdog);
  sigaddset(&watchdog, SIGPROF);
  sigprocmask(SIG_BLOCK, &watchdog, NULL); /* its last frame must not land inside this one */
  for (int part = 0; part < 4;) {
    if (parts[part].iov_len == 0) {
      part++;
      continue;
    }
    ssize_t written = writev(channel, parts + part, 4 - part);
    if (written < 0 && errno != EINTR) _exit(0);
    for (; written > 0 && part < 4; part++) {
      size_t step = (size_t)written < parts[part].iov_len ? (size_t)written : parts[part].iov_len;
      parts[part].iov_base = (char*)parts[part].iov_base + step;
      parts[part].iov_len -= step;
      written -= (ssize_t)step;
      if (parts[part].iov_len > 0) break;
    }
  }
  sigprocmask(SIG_UNBLOCK, &watchdog, NULL);
}

/* The frame lives in one buffer that the next one overwrites. */
Frame receiveFrame(void) {
  static char* buffer;
  static size_t capacity, filled;
  size_t wanted = headerBytes;
  for (filled = 0; filled < wanted;) {
    if (capacity < wanted) {
      capacity = wanted < 4096 ? 4096 : wanted;
      buffer = realloc(buffer, capacity);
      if (!buffer) _exit(1);
    }
    ssize_t count = read(channel, buffer + filled, capacity - filled);
    if (count == 0 || (count < 0 && errno != EINTR)) _exit(0);
    if (count > 0) filled += (size_t)count;
    if (filled >= headerBytes) wanted = 4 + (size_t)getU32(buffer);
  }
  Frame frame = {.type = (txU1)buffer[4], .hasBytes = buffer[5] != 0};
  frame.aLength = getU32(buffer + 6);
  frame.bLength = getU32(buffer + 10);
  frame.a = buffer + headerBytes;
  frame.b = frame.a + frame.aLength;
  frame.bytes = frame.b + frame.bLength;
  frame.bytesLength = (txU4)(buffer + wanted - frame.bytes);
  return frame;
}
