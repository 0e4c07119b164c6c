/** An owner, her unit and a product for the command cases; keys from a seeded generator. */
import { type Authority, admit } from "../../device/commands/admit.ts";
import {
  type AdmittedCommand,
  type Claims,
  MAX_COMMAND_BYTES,
} from "../../device/commands/command.ts";
import { decodeCommand } from "../../device/commands/decode.ts";
import { COMMAND_TYPE } from "../../device/commands/jws.ts";
import { encodeText } from "../../device/platform/text.ts";
import {
  type Order,
  ownerPublicKey,
  signCommand,
  signCompact,
} from "../../host-sim/owner/jws-signer.ts";
import { crypto } from "../crypto.ts";
import { prng, randomBytes } from "../prng.ts";

export const now = 1_800_000_000;
export const unitId = "0123456789abcdefghjkmnpqrs";
export const privateKey = randomBytes(prng(31), 32);
export const wipe: Order = { cmd: "wipe", args: {} };
export const claims: Claims = { aud: unitId, ctr: 8, iat: now - 5, exp: now + 300 };
export const authority: Authority = {
  ownerKey: ownerPublicKey(privateKey),
  unitId,
  counterFloor: () => 7,
  now,
};

export interface LampSetting {
  readonly lamp: boolean;
}

function parseLamp(set: unknown): LampSetting | undefined {
  const { lamp } = set as { lamp?: unknown };
  const known = Object.keys(set as object).every((name) => name === "lamp");
  return known && typeof lamp === "boolean" ? { lamp } : undefined;
}

export const lampSet = { names: ["lamp"], parse: parseLamp };

export const bytesOf = (command: string | Uint8Array) =>
  typeof command === "string" ? encodeText(command) : command;

/** The whole way: a command that may run, or the reason it may not. */
export function judge(
  command: string | Uint8Array,
  change: Partial<Authority> = {},
): AdmittedCommand<LampSetting> | string {
  const decoded = decodeCommand(bytesOf(command), lampSet);
  if ("refused" in decoded) return decoded.refused;
  const admitted = admit(decoded, { ...authority, ...change }, crypto.signatures);
  return "refused" in admitted ? admitted.refused : admitted;
}

/** The owner's signed order, with what a case wants otherwise. */
export function signed(
  change: Partial<Record<keyof Claims, unknown>> = {},
  order: Order = wipe,
  key = privateKey,
): Uint8Array {
  return signCommand(key, { ...claims, ...(change as Partial<Claims>), ...order });
}

/** Signed by the owner's own key, but with a header or payload her app would not write. */
export function crafted(payload: object | string, header: object = {}, key = privateKey): string {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return signCompact(key, { alg: "EdDSA", typ: COMMAND_TYPE, ...header }, encodeText(text));
}

export const tooLong = `{"v":1,"id":"${"a".repeat(MAX_COMMAND_BYTES)}","set":{}}`;
