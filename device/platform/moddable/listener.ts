/** ECMA-419's listener over the SDK's. */
import SdkListener from "embedded:io/socket/listener";
import type { Listener, ListenerOptions, TCP } from "../platform.ts";

export interface ListenerParts {
  /** Where the SDK's listener listens for this port; 0: where there is room. */
  place(port: number): number;
  /** The SDK's listener takes callers from any interface; those of this address are let in. */
  admits(remoteAddress: string): boolean;
  onOpened?(port: number, at: number): void;
  onClosed?(port: number): void;
}

export function listenerOver(parts: ListenerParts): new (options: ListenerOptions) => Listener {
  return class BoardListener implements Listener {
    private readonly port: number;
    private readonly listener: SdkListener;
    private waiting = 0;

    constructor({ port, onReadable }: ListenerOptions) {
      this.port = port;
      this.listener = new SdkListener({
        port: parts.place(port),
        onReadable: (requests) => {
          this.waiting = requests;
          onReadable(requests);
        },
      });
      parts.onOpened?.(port, this.listener.port);
    }

    read(): TCP | undefined {
      // Asked when none waits, the SDK's class keeps a socket it made in vain.
      while (this.waiting > 0) {
        this.waiting--;
        const caller = this.listener.read();
        if (caller && parts.admits(caller.remoteAddress)) return caller;
        caller?.close();
      }
      return undefined;
    }

    close(): void {
      this.waiting = 0;
      this.listener.close();
      parts.onClosed?.(this.port);
    }
  };
}
