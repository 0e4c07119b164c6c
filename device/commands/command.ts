/**
 * What a command can be, and why one is refused (EN 303 645 5.13-1). A `Command` is well-formed and
 * may still come from anyone; an `AdmittedCommand` may be run. The brands are types without a value:
 * only `decode.ts` makes the first, only `admit.ts` the second.
 */
declare const decoded: unique symbol;
declare const admitted: unique symbol;

/** Bytes on the wire, before anything is parsed. */
export const MAX_COMMAND_BYTES = 1024;

export type CommandRefusal =
  | "too-large"
  | "not-utf8"
  | "not-json"
  | "unknown-field"
  | "bad-field"
  | "unknown-command"
  /** It asks for what only an owner may, and nobody signed it. */
  | "not-signed"
  | "wrong-algorithm"
  | "wrong-signature"
  | "wrong-device"
  | "replayed"
  | "expired"
  | "no-owner"
  /** Too much was refused of late (`telemetry/anomaly.ts`): not looked at, whatever it was. */
  | "not-heeded";

export interface Refused {
  readonly refused: CommandRefusal;
}

/** What only the owner may ask for. */
export type PrivilegedAction =
  | { readonly cmd: "wipe" }
  /** `key`: the next owner's Ed25519 public key, 32 bytes. */
  | { readonly cmd: "transfer-owner"; readonly key: Uint8Array }
  | { readonly cmd: "consent"; readonly purpose: string; readonly granted: boolean }
  /** A child uses the device: everything optional is off for as long as it is so. */
  | { readonly cmd: "child-profile"; readonly on: boolean }
  /** When it may restart by itself: minutes of the day, UTC. */
  | { readonly cmd: "quiet-hours"; readonly from: number; readonly to: number }
  /** What the unit holds is to be sent to its owner. */
  | { readonly cmd: "sight" };

/** Claims as they stand in the payload. Nobody has vouched for them yet. */
export interface Claims {
  /** The unit's id. */
  readonly aud: string;
  /** Grows with every command under one owner's key, for as long as the key lives; 1 to 2^53 - 1. */
  readonly ctr: number;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
}

/** An ordinary order, `set` already in the product's own type. */
export interface ProductCommand<T> {
  readonly kind: "product";
  /** The sender's name for it, at most 32 URL-safe characters; goes into the answer. */
  readonly id: string;
  readonly set: T;
}

/**
 * What an owner may wish of an update, by the broker's authority: policy bounds what comes of it, so
 * that a broker can neither keep an update away nor restart a lamp that is lit.
 */
export const updateWishes = ["check", "install", "postpone"] as const;
export type UpdateWish = (typeof updateWishes)[number];

export interface UpdateCommand {
  readonly kind: "update";
  readonly id: string;
  readonly wish: UpdateWish;
}

/** A service has erased what the unit had asked it to; `request` is the unit's own random name for it. */
export interface ErasedCommand {
  readonly kind: "erased";
  readonly id: string;
  readonly request: string;
}

export interface SignedCommand {
  readonly kind: "signed";
  readonly claims: Claims;
  readonly action: PrivilegedAction;
  /** What was signed: header and payload as they came (RFC 7515 section 5.2). */
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

export type Command<T> = (ProductCommand<T> | UpdateCommand | ErasedCommand | SignedCommand) & {
  readonly [decoded]: true;
};

export type AdmittedCommand<T> = (
  | ProductCommand<T>
  | UpdateCommand
  | ErasedCommand
  /** Store `counter` as the new floor before `action` is run. */
  | { readonly kind: "privileged"; readonly counter: number; readonly action: PrivilegedAction }
) & { readonly [admitted]: true };
