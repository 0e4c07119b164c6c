import { updateWishes } from "../../device/commands/command.ts";
import { isPurpose } from "../../device/privacy/datum.ts";
import type { RightsAction } from "./rights.ts";

type Read = { action: RightsAction } | { message: string };

/** Undefined for what is not one of these. */
export function readRightsAction(fields: Readonly<Record<string, unknown>>): Read | undefined {
  switch (fields.type) {
    case "sight":
    case "export":
    case "erase-everything":
      return { action: { type: fields.type } };
    case "consent": {
      const { purpose, granted } = fields;
      if (!isPurpose(purpose) || typeof granted !== "boolean")
        return { message: "Say which purpose, and whether you agree to it." };
      return { action: { type: "consent", purpose, granted } };
    }
    case "hand-on":
      // 32 bytes in base64url (RFC 4648 section 5) without padding.
      if (typeof fields.key !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(fields.key))
        return { message: "The next owner's code has 43 letters, digits, dashes and underscores." };
      return { action: { type: "hand-on", key: fields.key } };
    case "update": {
      const wish = updateWishes.find((one) => one === fields.wish);
      if (wish === undefined)
        return { message: "An update can be looked for, installed or postponed." };
      return { action: { type: "update", wish } };
    }
    default:
      return undefined;
  }
}
