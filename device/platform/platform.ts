/**
 * The board as the firmware sees it: types only, in the shapes of ECMA-419 (3rd edition), so that
 * the same rooms run on Moddable's `embedded:*` modules and on the desk's implementation of the
 * standard. Nothing below has a plaintext MQTT path, an ambient global or a promise.
 *
 * Callbacks are called from the event loop, never from inside the call that caused them.
 */
import type { Crypto } from "../crypto/crypto.ts";

/** What ECMA-419 calls a byte buffer. */
export type ByteBuffer = ArrayBuffer | Uint8Array;

/** The three areas with three lives; each is a flash partition of the same name. */
export type Area = "factory" | "system" | "owner";

// --- ECMA-419 flash -------------------------------------------------------------------------

export interface FlashStatus {
  /** Size of the partition, bytes. */
  readonly size: number;
  /** Size of an erasable block, bytes (4,096 on the ESP32). */
  readonly blockLength: number;
  readonly blocks: number;
}

/** An open partition. Writing can only clear bits; `eraseBlock` sets a whole block to 0xFF. */
export interface Flash {
  status(): FlashStatus;
  read(byteLength: number, byteOffset: number): ArrayBuffer;
  write(buffer: ByteBuffer, byteOffset: number): void;
  /** Erases blocks `start` to `end` (exclusive; `start + 1` when absent). Block numbers, not bytes. */
  eraseBlock(start: number, end?: number): void;
  close(): void;
}

export interface FlashStorage {
  open(options: { path: string; mode?: "r" | "r+" }): Flash;
  [Symbol.iterator](): IterableIterator<string>;
}

// --- ECMA-419 update, and the two slots -------------------------------------------------------

/** Writes an image into a partition and makes it the next to boot. */
export interface Updater {
  write(bytes: ByteBuffer, byteOffset: number): void;
  /**
   * The bootloader starts this image next, on trial. Throws when the bootloader would not run it,
   * or has not yet settled an earlier choice: a restart settles it.
   */
  complete(): void;
  close(): void;
}

export interface Update {
  open(options: { partition: Flash; mode: "a"; byteLength: number }): Updater;
}

export type SlotName = "slot0" | "slot1";

/** What the bootloader keeps of the two slots (ESP-IDF: app rollback, `otadata`). */
export interface BootSlots {
  readonly running: SlotName;
  readonly spare: SlotName;
  /** pending: on trial; the next reset of any kind goes back to the other slot, unless confirmed. */
  readonly state: "valid" | "pending";
  /** The spare slot's image was started once and was given up. */
  readonly rolledBack: boolean;
  /** Ends the trial. Does nothing to a valid image. */
  confirm(): void;
  /**
   * Marks the running image invalid and restarts into the other: does not return. False, and nothing
   * done, when the other slot holds nothing that could run.
   */
  rollBack(): false;
}

/** The board's own SHA-256 (FIPS 180-4) of a stream: for images, which are too long for JavaScript. */
export interface Digest {
  write(bytes: ByteBuffer): void;
  /** The digest, 32 bytes. */
  close(): Uint8Array;
}

// --- ECMA-419 sockets -----------------------------------------------------------------------

export interface TCP {
  readonly remoteAddress: string | undefined;
  /** Up to `byteLength` bytes; undefined when nothing waits. */
  read(byteLength?: number): ArrayBuffer | undefined;
  /** Throws when `buffer` is longer than the last `onWritable` allowed. */
  write(buffer: ByteBuffer): void;
  close(): void;
}

export interface SocketCallbacks {
  /** `bytes` can be read now. */
  onReadable?: (bytes: number) => void;
  /** `bytes` can be written now; the first call means "connected" (for TLS: verified). */
  onWritable?: (bytes: number) => void;
  /** Closed by the peer or failed; the socket is dead. `reason` is for the journal, never parsed. */
  onError?: (reason?: string) => void;
}

export interface TCPOptions extends SocketCallbacks {
  /** A connection taken from a `Listener`. */
  from: TCP;
}

export interface TLSOptions extends SocketCallbacks {
  /** DNS name or address to dial. */
  host: string;
  port: number;
  /** Verification cannot be switched off: every field is required. */
  secure: {
    /** The name the server's certificate must carry (RFC 9525). */
    serverName: string;
    /** DER of the roots that may anchor the server's chain: one, or two while one is rotated. */
    anchors: readonly Uint8Array[];
    /** DER of the unit's own certificate, leaf first. */
    certificate: readonly Uint8Array[];
    /** PKCS#8 DER of the unit's private key. */
    privateKey: Uint8Array;
  };
}

/** TLS 1.2 at least, client certificate, chain and name verified before `onWritable`. */
export type TLSConstructor = new (options: TLSOptions) => TCP;

export interface ListenerOptions {
  port: number;
  /** Only what comes in through the interface with this address; through any when absent. */
  address?: string;
  /** `requests` connections wait for `read`. */
  onReadable: (requests: number) => void;
}

export interface Listener {
  read(): TCP | undefined;
  close(): void;
}

// --- ECMA-419 network interface -------------------------------------------------------------

/** 0 down, 1 joining, 2 joined without an address, 3 ready. */
export type Connection = 0 | 1 | 2 | 3;

/** Why a join failed, when the radio knows. */
export type JoinFailure = "not-found" | "too-weak" | "wrong-password" | "no-address" | "lost";

export interface NetworkInterface {
  readonly connection: Connection;
  readonly address: string | undefined;
  /** Set after a failed join, cleared by `connect`. */
  readonly failure: JoinFailure | undefined;
  /** Joins, and keeps nothing: the interface does not remember credentials. */
  connect(options: { SSID: string; password?: string }): void;
  disconnect(): void;
  close(): void;
}

export type NetworkInterfaceConstructor = new (options: {
  onChanged: (property: "connection" | "address") => void;
}) => NetworkInterface;

/** The open access point of the set-up window; closed again by `close`. */
export interface AccessPoint {
  /** The unit's own address in it. */
  readonly address: string;
  close(): void;
}

export type AccessPointConstructor = new (options: { SSID: string }) => AccessPoint;

// --- ECMA-419 digital and sensors -----------------------------------------------------------

export interface Digital {
  read(): 0 | 1;
  write(value: 0 | 1): void;
  close(): void;
}

export type DigitalConstructor = new (
  options:
    | { pin: number; mode: "output"; initialValue?: 0 | 1 }
    | { pin: number; mode: "input"; onReadable: () => void },
) => Digital;

/** ECMA-419 sensor class pattern: temperature in °C, humidity as a fraction of 1. */
export interface ClimateSensor {
  sample(): { thermometer: { temperature: number }; hygrometer: { humidity: number } };
  close(): void;
}

// --- ECMA-419 serial ------------------------------------------------------------------------

/** The line to whoever is at the cable. Bytes that nobody takes are lost, as on any serial line. */
export interface Serial {
  read(): ArrayBuffer | undefined;
  write(buffer: ByteBuffer): void;
  close(): void;
}

export type SerialConstructor = new (options: { onReadable: (bytes: number) => void }) => Serial;

// --- the rest of the board ------------------------------------------------------------------

export type ResetReason =
  | "power-on"
  | "restart"
  | "watchdog"
  | "memory-full"
  | "stack-overflow"
  | "exception"
  | "brown-out";

export interface Timer {
  /** Calls back once after `delayMs`. */
  set(callback: () => void, delayMs: number): number;
  clear(id: number): void;
}

export interface Clock {
  /** Milliseconds since start, monotonic. */
  ticks(): number;
  /** Seconds since 1970 by a source nobody vouches for; undefined when the board has none. */
  wall(): number | undefined;
  /**
   * It is later than this, seconds since 1970: for a board whose TLS would otherwise take every
   * certificate for one of the future. Never moves a clock back.
   */
  raise?(seconds: number): void;
}

/** What a room says on the development console. Never a secret; absent from release builds. */
export type Trace = (
  room: string,
  event: string,
  detail?: Readonly<Record<string, string | number | boolean>>,
) => void;

export interface HeapFigures {
  /** Bytes in use and at the highest so far; 0 where the engine cannot tell. */
  readonly slots: number;
  readonly slotsPeak: number;
  readonly chunks: number;
  readonly chunksPeak: number;
}

/** Everything `device.ts` is given. One screen, so that what the firmware can touch is one list. */
export interface Platform {
  readonly board: { readonly name: string; readonly button: number; readonly lamp: number };
  readonly flash: FlashStorage;
  readonly update: Update;
  readonly slots: BootSlots;
  readonly Digest: new () => Digest;
  readonly Digital: DigitalConstructor;
  readonly climate: new () => ClimateSensor;
  readonly network: {
    readonly Interface: NetworkInterfaceConstructor;
    readonly AccessPoint: AccessPointConstructor;
    readonly Listener: new (options: ListenerOptions) => Listener;
    /** Takes over a connection a `Listener` gave, as ECMA-419's `from`. */
    readonly TCP: new (
      options: TCPOptions,
    ) => TCP;
    readonly TLS: TLSConstructor;
  };
  /** Absent where the board has no line that a browser could reach. Open only with the set-up window. */
  readonly serial?: SerialConstructor;
  readonly timer: Timer;
  readonly clock: Clock;
  /** Hardware entropy. */
  random(byteLength: number): Uint8Array;
  readonly crypto: Crypto;
  readonly system: {
    readonly resetReason: ResetReason;
    restart(): void;
    heap(): HeapFigures;
  };
  readonly trace: Trace;
  /** Development builds only. */
  readonly development?: {
    /** Bytes alive after a whole collection, at the chip's width of a slot (`memory.ts`). */
    live(): { readonly slots: number; readonly chunks: number };
  };
}
