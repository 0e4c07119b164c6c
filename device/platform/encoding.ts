/** Hexadecimal, base64 and base64url (RFC 4648 sections 4, 5 and 8); the built-in ones are younger than XS 13. */

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

/** The bytes, or undefined when the text is not an even number of hexadecimal digits. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}

export function toBase64url(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group =
      ((bytes[index] as number) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += base64url.charAt(group >> 18) + base64url.charAt((group >> 12) & 63);
    if (left > 1) text += base64url.charAt((group >> 6) & 63);
    if (left > 2) text += base64url.charAt(group & 63);
  }
  return text;
}

/** With padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  const padding = ["", "==", "="][bytes.length % 3] as string;
  return toBase64url(bytes).split("-").join("+").split("_").join("/") + padding;
}

/**
 * The bytes, or undefined. Strict: no padding, no white space, and unused bits are zero, so that
 * one value has one spelling (a signature that can be re-spelt is a replay in disguise).
 */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let group = 0;
  let bits = 0;
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const value = base64url.indexOf(text.charAt(index));
    if (value < 0) return undefined;
    group = ((group << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (group >> bits) & 0xff;
    }
  }
  return (group & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** Same length and bytes, in a time that depends on the lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++)
    difference |= (a[index] as number) ^ (b[index] ?? 0);
  return difference === 0;
}
