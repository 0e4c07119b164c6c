/** A report that had to wait says for how long, so that nobody takes the past for the present. */
import { decodeText, encodeText } from "../platform/text.ts";
import type { DatumName } from "./data-map.ts";

const age: DatumName = "age";

/** @param payload a report as JSON; the same bytes come back when it is empty or none. */
export function aged(payload: Uint8Array, ageS: number): Uint8Array {
  const text = decodeText(payload);
  if (text === undefined || text.length <= 2 || text[text.length - 1] !== "}") return payload;
  return encodeText(`${text.slice(0, -1)},"${age}":${ageS}}`);
}
