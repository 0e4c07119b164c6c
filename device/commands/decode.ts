/**
 * Bytes from the network to a `Command` (EN 303 645 5.13-1): size before parsing, then UTF-8, then
 * JSON, then a schema in which an unknown member is a refusal. Nothing here is trusted or run.
 *
 *     {"v":1,"id":"a1","set":{…}}          what the product understands, by the broker's authority
 *     {"v":1,"id":"a1","update":"check"}   a wish about updates, by the same
 *     {"v":1,"id":"a1","erased":"1f…"}     a service has erased what the unit asked it to, by the same
 *     eyJhbGciOiJFZERTQSIsInR5cCI6….….…    what only the owner may ask for, signed (`jws.ts`)
 */

import { fromBase64url } from "../platform/encoding.ts";
import { decodeText } from "../platform/text.ts";
import { quietHoursOf } from "../update/quiet-hours.ts";
import {
  type Claims,
  type Command,
  type ErasedCommand,
  MAX_COMMAND_BYTES,
  type PrivilegedAction,
  type ProductCommand,
  type Refused,
  type SignedCommand,
  type UpdateCommand,
  updateWishes,
} from "./command.ts";
import { parseCompact, readPart, refuseHeader, SIGNATURE_BYTES } from "./jws.ts";
import { isObject, type JsonObject, type JsonValue, readExpected } from "./strict-json.ts";

/** The product's own schema for `set`. */
export interface SetSchema<T> {
  /** The members it knows, at any depth. All others arrive as "?". */
  readonly names: readonly string[];
  /** Undefined when there is anything in it the product does not know. */
  parse(set: JsonObject): T | undefined;
}

/** Members of a command outside of `set`. */
const plainNames = ["v", "id", "set", "update", "erased", "cmd"];

const privileged = ["wipe", "transfer-owner", "consent", "child-profile", "quiet-hours", "sight"];

export function decodeCommand<T>(bytes: Uint8Array, schema: SetSchema<T>): Command<T> | Refused {
  if (bytes.length > MAX_COMMAND_BYTES) return { refused: "too-large" };
  const text = decodeText(bytes);
  if (text === undefined) return { refused: "not-utf8" };
  const command = /^[\w-]*\.[\w.-]*$/.test(text) ? decodeSigned(text) : decodePlain(text, schema);
  // The one place where the brand is given.
  return "refused" in command ? command : (command as Command<T>);
}

function decodePlain<T>(
  text: string,
  schema: SetSchema<T>,
): ProductCommand<T> | UpdateCommand | ErasedCommand | Refused {
  const message = readExpected(text, [...plainNames, ...schema.names])?.value;
  if (!isObject(message)) return { refused: "not-json" };
  if (typeof message.cmd === "string" && privileged.includes(message.cmd))
    return { refused: "not-signed" };
  const what = ["update", "erased"].find((name) => name in message) ?? "set";
  const wrong = refuseMembers(message, ["v", "id", what]);
  if (wrong) return wrong;
  const { v, id, set, erased } = message;
  if (v === 1 && isName(id) && isName(erased)) return { kind: "erased", id, request: erased };
  const wish = updateWishes.find((one) => one === message.update);
  if (wish && v === 1 && isName(id)) return { kind: "update", id, wish };
  if (v !== 1 || !isName(id) || !isObject(set)) return { refused: "bad-field" };
  const parsed = schema.parse(set);
  return parsed === undefined ? { refused: "bad-field" } : { kind: "product", id, set: parsed };
}

function decodeSigned(text: string): SignedCommand | Refused {
  const compact = parseCompact(text);
  if (!compact) return { refused: "bad-field" };
  const header = readPart(compact.header);
  if ("refused" in header) return header;
  const wrongHeader = refuseHeader(header.object);
  if (wrongHeader) return wrongHeader;
  if (compact.signature.length !== SIGNATURE_BYTES) return { refused: "wrong-signature" };
  const payload = readPart(compact.payload);
  if ("refused" in payload) return payload;
  const { signingInput, signature } = compact;
  const body = readPayload(payload.object);
  return "refused" in body ? body : { kind: "signed", ...body, signingInput, signature };
}

function readPayload(
  payload: JsonObject,
): { readonly claims: Claims; readonly action: PrivilegedAction } | Refused {
  const wrong = refuseMembers(payload, ["aud", "ctr", "iat", "exp", "cmd", "args"]);
  if (wrong) return wrong;
  const claims = readClaims(payload);
  if (!claims) return { refused: "bad-field" };
  const action = readAction(payload.cmd, payload.args);
  return "refused" in action ? action : { claims, action };
}

function readClaims({ aud, ctr, iat, exp }: JsonObject): Claims | undefined {
  if (typeof aud !== "string" || !isCounter(ctr) || !isCounter(iat) || !isCounter(exp))
    return undefined;
  return iat < exp ? { aud, ctr, iat, exp } : undefined;
}

function readAction(
  cmd: JsonValue | undefined,
  args: JsonValue | undefined,
): PrivilegedAction | Refused {
  if (typeof cmd !== "string" || !isObject(args)) return { refused: "bad-field" };
  switch (cmd) {
    case "wipe":
    case "sight":
      return refuseMembers(args, []) ?? { cmd };
    case "child-profile":
      return (
        refuseMembers(args, ["on"]) ??
        (typeof args.on === "boolean" ? { cmd, on: args.on } : { refused: "bad-field" })
      );
    case "quiet-hours": {
      const hours = quietHoursOf(args.from, args.to);
      const wrong = refuseMembers(args, ["from", "to"]);
      return wrong ?? (hours ? { cmd, ...hours } : { refused: "bad-field" });
    }
    case "transfer-owner": {
      const key = typeof args.key === "string" ? fromBase64url(args.key) : undefined;
      const wrong = refuseMembers(args, ["key"]);
      return wrong ?? (key?.length === 32 ? { cmd, key } : { refused: "bad-field" });
    }
    case "consent": {
      const { purpose, granted } = args;
      const wrong = refuseMembers(args, ["purpose", "granted"]);
      if (wrong) return wrong;
      if (!isName(purpose) || typeof granted !== "boolean") return { refused: "bad-field" };
      return { cmd, purpose, granted };
    }
    default:
      return { refused: "unknown-command" };
  }
}

/** Exactly these members: one more is "unknown-field", one fewer "bad-field". */
export function refuseMembers(object: JsonObject, names: readonly string[]): Refused | undefined {
  const members = Object.keys(object);
  if (members.some((member) => !names.includes(member))) return { refused: "unknown-field" };
  return members.length === names.length ? undefined : { refused: "bad-field" };
}

function isName(value: JsonValue | undefined): value is string {
  return typeof value === "string" && /^[\w-]{1,32}$/.test(value);
}

/** 2^53 and above are refused: there two counters can be the same number. */
function isCounter(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
