/** ECMA-419 TCP, TLS and Listener (clauses on IO sockets) over the board's calls. */
import type {
  ByteBuffer,
  Listener,
  ListenerOptions,
  SocketCallbacks,
  TCP,
  TCPOptions,
  TLSOptions,
} from "../../device/platform/platform.ts";
import { adoptId, call, callForBytes, claimId, type Receivers, release } from "./host.ts";

/** One end of a connection. Totals, not differences, so that late events cannot miscount. */
class BoardSocket implements TCP {
  readonly id: number;
  readonly remoteAddress: string | undefined;
  private receivedTotal = 0;
  private readTotal = 0;
  private allowedTotal = 0;
  private writtenTotal = 0;
  private open = true;

  constructor(id: number, remoteAddress: string | undefined, callbacks: SocketCallbacks) {
    this.id = id;
    this.remoteAddress = remoteAddress;
    adoptId(id, this.receivers(callbacks));
  }

  private receivers({ onReadable, onWritable, onError }: SocketCallbacks): Receivers {
    return {
      "socket.readable": ({ total }) => {
        this.receivedTotal = total;
        if (this.receivedTotal > this.readTotal) onReadable?.(this.receivedTotal - this.readTotal);
      },
      "socket.writable": ({ total }) => {
        this.allowedTotal = total;
        if (this.allowedTotal > this.writtenTotal)
          onWritable?.(this.allowedTotal - this.writtenTotal);
      },
      "socket.error": ({ reason }) => {
        this.close();
        onError?.(reason);
      },
    };
  }

  read(byteLength = this.receivedTotal - this.readTotal): ArrayBuffer | undefined {
    const waiting = Math.min(byteLength, this.receivedTotal - this.readTotal);
    if (!this.open || waiting <= 0) return undefined;
    const bytes = callForBytes("socket.read", { id: this.id, length: waiting });
    this.readTotal += bytes?.byteLength ?? 0;
    return bytes;
  }

  write(buffer: ByteBuffer): void {
    if (!this.open) throw new Error("socket is closed");
    if (buffer.byteLength > this.allowedTotal - this.writtenTotal)
      throw new Error("write is longer than onWritable allowed");
    this.writtenTotal += buffer.byteLength;
    call("socket.write", { id: this.id }, buffer);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    release(this.id);
    call("socket.close", { id: this.id });
  }

  /** Gives the connection to another object: this one is closed, the connection is not. */
  surrender(): number {
    if (!this.open) throw new Error("socket is closed");
    this.open = false;
    return this.id;
  }
}

export class BoardTCP extends BoardSocket {
  constructor(options: TCPOptions) {
    const from = options.from;
    if (!(from instanceof BoardSocket)) throw new Error("from is no connection of this board");
    super(from.surrender(), from.remoteAddress, options);
    call("socket.start", { id: this.id });
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export class BoardTLS extends BoardSocket {
  constructor(options: TLSOptions) {
    super(claimId(), options.host, options);
    const { serverName, anchors, certificate, privateKey } = options.secure;
    call(
      "tls.open",
      {
        id: this.id,
        host: options.host,
        port: options.port,
        serverName,
        anchors: anchors.map((der) => der.length),
        certificate: certificate.map((der) => der.length),
        privateKey: privateKey.length,
      },
      join([...anchors, ...certificate, privateKey]),
    );
  }
}

export class BoardListener implements Listener {
  private readonly id: number;
  private open = true;

  constructor(options: ListenerOptions) {
    this.id = claimId({ "listener.readable": ({ requests }) => options.onReadable(requests) });
    const { port, address } = options;
    call("listener.open", { id: this.id, port, ...(address === undefined ? {} : { address }) });
  }

  read(): TCP | undefined {
    if (!this.open) return undefined;
    const socket = claimId();
    const taken = call("listener.read", { id: this.id, socket });
    if (taken) return new BoardSocket(socket, taken.remoteAddress, {});
    release(socket);
    return undefined;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    release(this.id);
    call("listener.close", { id: this.id });
  }
}
