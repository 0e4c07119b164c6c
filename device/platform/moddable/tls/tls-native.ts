/**
 * The native half of the TLS socket: mbedTLS between two bounded queues of ciphertext. tls-xs.c is
 * the other side of each method. `Native` and `native` are words of the Moddable compiler (xsc).
 */
import type { ByteBuffer } from "../../platform.ts";

declare function Native(destructor: string): new () => object;
declare function native(name: string): { call(self: object, ...values: unknown[]): never };

/** After `close` every method but `close` throws "closed". */
export interface Session {
  /** Takes ciphertext from the wire; how many bytes of it. */
  feed(bytes: ByteBuffer): number;
  /** The wire has ended; what was fed can still be read. */
  finish(): void;
  /** Ciphertext for the wire, `limit` bytes at most; undefined when there is none. */
  drain(limit: number): ArrayBuffer | undefined;
  /**
   * One handshake message, or one record: `TlsNext` of tls-session.h. While it is "busy", a message is being
   * worked on beside JavaScript: there is no room, and nothing to read or send, until a later call answers otherwise.
   */
  step(): number;
  /** Plaintext, all that waits or `limit` bytes of it; undefined when there is none. */
  read(limit?: number): ArrayBuffer | undefined;
  /** False, and nothing done, when longer than `writable`. */
  write(bytes: ByteBuffer): boolean;
  /** Ends the session and leaves a farewell to `drain`. */
  goodbye(): void;
  /** Wipes and frees. */
  close(): void;
  /** The handshake is done and the server verified. */
  readonly open: boolean;
  /** Bytes `feed` would take, and bytes it took that no step has used. */
  readonly room: number;
  readonly pending: number;
  readonly readable: number;
  readonly writable: number;
  /** `tlsReasonText` of tls-session.h, e.g. "wrong-name". */
  readonly reason: string;
  /** "TLSv1.3" or "TLSv1.2" once open. */
  readonly version: string;
}

/**
 * All DER; the certificate leaf first. Throws a reason for settings that cannot be used, and "busy" for the moment in
 * which a handshake that was dropped is not yet put away.
 */
export type SessionConstructor = new (
  serverName: string,
  privateKey: Uint8Array,
  certificate: readonly Uint8Array[],
  anchors: readonly Uint8Array[],
) => Session;

class NativeSession extends Native("xs_tls_destructor") implements Session {
  constructor(
    serverName: string,
    privateKey: Uint8Array,
    certificate: readonly Uint8Array[],
    anchors: readonly Uint8Array[],
  ) {
    super();
    native("xs_tls_constructor").call(this, serverName, privateKey, certificate, anchors);
  }
  feed(bytes: ByteBuffer): number {
    return native("xs_tls_feed").call(this, bytes);
  }
  finish(): void {
    native("xs_tls_finish").call(this);
  }
  drain(limit: number): ArrayBuffer | undefined {
    return native("xs_tls_drain").call(this, limit);
  }
  step(): number {
    return native("xs_tls_step").call(this);
  }
  read(limit?: number): ArrayBuffer | undefined {
    return native("xs_tls_read").call(this, limit);
  }
  write(bytes: ByteBuffer): boolean {
    return native("xs_tls_write").call(this, bytes);
  }
  goodbye(): void {
    native("xs_tls_goodbye").call(this);
  }
  close(): void {
    native("xs_tls_close").call(this);
  }
  get open(): boolean {
    return native("xs_tls_get_open").call(this);
  }
  get room(): number {
    return native("xs_tls_get_room").call(this);
  }
  get pending(): number {
    return native("xs_tls_get_pending").call(this);
  }
  get readable(): number {
    return native("xs_tls_get_readable").call(this);
  }
  get writable(): number {
    return native("xs_tls_get_writable").call(this);
  }
  get reason(): string {
    return native("xs_tls_get_reason").call(this);
  }
  get version(): string {
    return native("xs_tls_get_version").call(this);
  }
}

export default NativeSession;
