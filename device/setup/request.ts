/**
 * What an owner may ask inside the encrypted set-up session, and what is granted. Reached only
 * by somebody who pressed the button and proved the label's password.
 */
import { equalBytes } from "../platform/encoding.ts";
import {
  type Claim,
  type Endpoint,
  exactly,
  parseEndpoint,
  parseObject,
  parseOwner,
  parseWifi,
  type Wifi,
} from "./claim.ts";

export type SetUpRequest =
  | { readonly do: "status" }
  /** The signed word that the unit has forgotten its last owner. */
  | { readonly do: "receipt" }
  | {
      readonly do: "set-up";
      /** Or the network that was tried by cable in this very window (`improv.ts`). */
      readonly wifi: Wifi | "by-cable";
      readonly broker: Endpoint;
      /** Ed25519 public key of the owner, 32 bytes; base64url on the wire. */
      readonly owner: Uint8Array;
      /** Seconds since 1970 by the owner's clock: the first time anybody vouches for. */
      readonly time: number;
    };

export type SetUpRefusal =
  | "bad-request"
  | "owned-by-another"
  | "handed-to-another"
  | "no-receipt"
  | "no-wifi-by-cable";

/** Bytes of one sealed message to a request. */
export function parseRequest(bytes: Uint8Array): SetUpRequest | undefined {
  const value = parseObject(bytes);
  const asked = exactly(value, ["do"])?.do;
  if (asked === "status" || asked === "receipt") return { do: asked };
  const fields = exactly(value, ["do", "wifi", "broker", "owner", "time"]);
  const wifi = fields?.wifi === "by-cable" ? "by-cable" : parseWifi(fields?.wifi);
  const broker = parseEndpoint(fields?.broker);
  const owner = parseOwner(fields?.owner);
  const time = fields?.time;
  if (fields?.do !== "set-up" || !wifi || !broker || !owner) return undefined;
  if (typeof time !== "number" || !Number.isSafeInteger(time) || time < 0) return undefined;
  return { do: "set-up", wifi, broker, owner, time };
}

/**
 * A unit without an owner takes the first who proves the label and presence. A unit with an owner
 * changes its network for that owner only: another must be made by a wipe, so a borrowed label
 * does not take a device away (EN 303 645 5.11-1).
 */
export function grantSetUp(
  request: Extract<SetUpRequest, { do: "set-up" }>,
  current: Claim | undefined,
  byCable?: Wifi,
): Claim | SetUpRefusal {
  if (current !== undefined && !equalBytes(current.owner, request.owner)) return "owned-by-another";
  const wifi = request.wifi === "by-cable" ? byCable : request.wifi;
  if (wifi === undefined) return "no-wifi-by-cable";
  return { wifi, broker: request.broker, owner: request.owner };
}

/** What the device answers, one JSON object a message. */
export type SetUpReply =
  | {
      readonly status: {
        readonly id: string;
        readonly version: string;
        readonly owned: boolean;
        /** The unit kept dying, and does set-up and updates only. */
        readonly safeMode?: true;
      };
    }
  | { readonly progress: "joining" | "reaching" }
  | { readonly receipt: string }
  | { readonly done: true }
  | { readonly refused: string };
