/** ECMA-419's TLS socket over node:tls, for tests and figures of the link without a board. */
import tls from "node:tls";
import type { ByteBuffer, TCP, TLSOptions } from "../../device/platform/platform.ts";
import { toPem } from "../../provisioning/certificate-authority.ts";

const bufferBytes = 16_384;

export class NodeTLS implements TCP {
  readonly remoteAddress = undefined;
  private readonly socket: tls.TLSSocket;
  private readonly options: TLSOptions;
  private room = 0;
  private closed = false;

  constructor(options: TLSOptions) {
    const { host, port, secure } = options;
    this.options = options;
    this.socket = tls.connect({
      host,
      port,
      servername: secure.serverName,
      ca: secure.anchors.map((der) => toPem("CERTIFICATE", der)),
      cert: secure.certificate.map((der) => toPem("CERTIFICATE", der)).join(""),
      key: toPem("PRIVATE KEY", secure.privateKey),
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
    });
    this.socket.setNoDelay(true);
    this.socket.on("secureConnect", () => this.offerRoom());
    this.socket.on("readable", () => {
      if (!this.closed && this.socket.readableLength > 0)
        options.onReadable?.(this.socket.readableLength);
    });
    this.socket.on("error", (error) => this.end(error.message));
    this.socket.on("close", () => this.end("closed"));
  }

  read(byteLength = bufferBytes): ArrayBuffer | undefined {
    const chunk = this.socket.read(
      Math.min(byteLength, this.socket.readableLength),
    ) as Buffer | null;
    return chunk === null ? undefined : new Uint8Array(chunk).buffer;
  }

  write(buffer: ByteBuffer): void {
    const bytes = new Uint8Array(buffer);
    if (bytes.length > this.room) throw new Error("no room to write");
    this.room -= bytes.length;
    this.socket.write(bytes, () => {
      if (this.room < bufferBytes / 2) this.offerRoom();
    });
  }

  close(): void {
    this.closed = true;
    this.socket.destroySoon();
  }

  private offerRoom(): void {
    if (this.closed) return;
    this.room = bufferBytes;
    this.options.onWritable?.(this.room);
  }

  private end(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.options.onError?.(reason);
  }
}
