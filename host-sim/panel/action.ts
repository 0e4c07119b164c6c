import { readMakerAction } from "./maker.ts";
import { readRightsAction } from "./rights-action.ts";
import type { DeskAction } from "./view.ts";

/** Longest body of a POST, bytes. The longest real action is about 300. */
export const maximumActionBytes = 2048;

type Fields = Record<string, unknown>;
type Read = { action: DeskAction } | { message: string };

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

function readSetUp(fields: Fields): Read {
  const { password, ssid, wifiPassword } = fields;
  if (typeof password !== "string" || typeof ssid !== "string")
    return { message: "Set-up needs the password of the label and a Wi-Fi network." };
  const symbols = password.replace(/[\s-]/g, "");
  if (symbols.length !== 16)
    return {
      message: `The password on the label has 16 letters and digits; you entered ${symbols.length}. Check it against the label.`,
    };
  if (ssid === "" || utf8Length(ssid) > 32)
    return { message: "Choose a Wi-Fi network; its name has 1 to 32 bytes." };
  if (wifiPassword === undefined) return { action: { type: "set-up", password, ssid } };
  // IEEE 802.11: a WPA passphrase has 8 to 63 characters.
  if (typeof wifiPassword !== "string" || wifiPassword.length < 8 || wifiPassword.length > 63)
    return { message: "A Wi-Fi password has 8 to 63 characters. Check it and try again." };
  return { action: { type: "set-up", password, ssid, wifiPassword } };
}

/** Reads an action out of parsed JSON, or says in a sentence what is wrong with it. */
export function readAction(value: unknown): Read {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { message: "An action is a JSON object with a type." };
  const fields = value as Fields;
  switch (fields.type) {
    case "plug":
    case "unplug":
    case "press":
    case "release":
    case "clear-timeline":
      return { action: { type: fields.type } };
    case "cable":
      if (typeof fields.in !== "boolean") return { message: "Say whether the cable is in." };
      return { action: { type: "cable", in: fields.in } };
    case "cover":
      if (typeof fields.covered !== "boolean")
        return { message: "Say whether the label is to be covered." };
      return { action: { type: "cover", covered: fields.covered } };
    case "set-up":
      return readSetUp(fields);
    case "lamp":
      if (typeof fields.on !== "boolean") return { message: "Say whether the lamp is to be on." };
      return { action: { type: "lamp", on: fields.on } };
    case "attack":
      if (typeof fields.name !== "string" || !/^[a-z0-9-]{1,64}$/.test(fields.name))
        return { message: "Choose an attack from the list." };
      return { action: { type: "attack", name: fields.name } };
    default:
      return (
        readRightsAction(fields) ??
        readMakerAction(fields) ?? {
          message: "The desk does not know this action. Reload the page.",
        }
      );
  }
}
