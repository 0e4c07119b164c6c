/** From when on a device is this owner's: what was before is not hers to see (EN 303 645 5.11-1). */
import { decodeText, encodeText } from "../platform/text.ts";
import type { OwnerRecords } from "./owner-records.ts";

const record = "custody";

/** @param sequence of the newest event that she is not to see. */
export function beginCustody(owner: OwnerRecords, sequence: number): void {
  owner.write(record, encodeText(JSON.stringify(sequence)));
}

/** 0 for an owner of before there was such a record: nobody was before her. */
export function custodySince(owner: OwnerRecords | undefined): number {
  const bytes = owner?.read(record);
  const sequence = Number(bytes && decodeText(bytes));
  return Number.isSafeInteger(sequence) ? sequence : 0;
}
