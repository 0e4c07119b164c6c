/** Words that break formats, for inputs of every target. */
import { encodeText } from "../../device/platform/text.ts";

export const texts = (...list: string[]) => list.map(encodeText);
export const json = texts(
  '"',
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "null",
  "true",
  "1e999",
  '"__proto__":',
  "\\u0000",
  "\\ud800",
  "-0",
  "9007199254740993",
);

/** What is thrown here is a broken promise. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
