/** One accepted connection: bytes in as they come, bytes out as the socket takes them. */
import type { Platform, TCP } from "../platform/platform.ts";

/** How long the last words may take to leave. */
const lingerMs = 1_000;

export class Conversation {
  private readonly platform: Platform;
  private readonly socket: TCP;
  private writable = 0;
  private unsent: Uint8Array[] = [];
  private closing: number | undefined;
  private closed = false;

  /** `onBytes` and `onGone` are not called any more once it was told to close. */
  constructor(
    platform: Platform,
    caller: TCP,
    onBytes: (bytes: Uint8Array) => void,
    onGone: () => void,
  ) {
    this.platform = platform;
    this.socket = new platform.network.TCP({
      from: caller,
      onReadable: () => {
        const bytes = this.closed ? undefined : this.socket.read();
        if (bytes && this.closing === undefined) onBytes(new Uint8Array(bytes));
      },
      onWritable: (bytes) => {
        this.writable = bytes;
        this.flush();
      },
      onError: () => {
        const expected = this.closing !== undefined;
        this.close();
        if (!expected) onGone();
      },
    });
  }

  send(bytes: Uint8Array): void {
    this.unsent.push(bytes);
    this.flush();
  }

  /** Closes once everything was sent, or soon. */
  end(): void {
    if (this.closed || this.closing !== undefined) return;
    this.closing = this.platform.timer.set(() => this.close(), lingerMs);
    this.flush();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.unsent = [];
    if (this.closing !== undefined) this.platform.timer.clear(this.closing);
    this.socket.close();
  }

  private flush(): void {
    while (!this.closed && this.writable > 0) {
      const next = this.unsent[0];
      if (next === undefined) break;
      const part = next.subarray(0, this.writable);
      this.writable -= part.length;
      if (part.length === next.length) this.unsent.shift();
      else this.unsent[0] = next.subarray(part.length);
      this.socket.write(part);
    }
    if (this.closing !== undefined && this.unsent.length === 0) this.close();
  }
}
