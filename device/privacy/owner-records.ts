/**
 * The owner's area, kept to the data map: a record that the map does not name cannot be written, by type
 * and at run time (EN 303 645 5.8-3, 6-1).
 */
import type { KeyValue } from "../storage/key-value.ts";
import { dataMap, type OwnerRecord } from "./data-map.ts";
import type { Datum } from "./datum.ts";

export interface OwnerRecords {
  read(record: OwnerRecord): Uint8Array | undefined;
  /** Atomic. Throws `Undeclared`, and stores nothing, for a record outside the map: a bug of ours. */
  write(record: OwnerRecord, value: Uint8Array): void;
  keys(): string[];
}

export class Undeclared extends Error {}

export function ownerRecords(store: KeyValue): OwnerRecords {
  return {
    read: (record) => store.read(record),
    write(record, value) {
      const data: readonly Datum[] = Object.values(dataMap);
      if (!data.some(({ held }) => held === `owner/${record}`))
        throw new Undeclared(`the data map has no owner/${record}`);
      store.write(record, value);
    },
    keys: () => store.keys(),
  };
}
