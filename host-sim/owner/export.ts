/**
 * Everything of an owner's device in one JSON document, for her to keep or to take elsewhere (UK GDPR
 * articles 15 and 20). Its schema is `docs/privacy/export.schema.json`.
 */
import { noticeVersion } from "../../device/privacy/notice.ts";
import type { Row } from "../services/keeper.ts";
import type { Sight } from "./sight.ts";

export const exportFormat = "thirteen-export-1";

export interface OwnerExport {
  readonly format: typeof exportFormat;
  /** RFC 3339. */
  readonly made: string;
  readonly unit: string;
  readonly notice: number;
  readonly device: Pick<Sight, "owner" | "choices" | "events">;
  /** Who has access besides the owner's key: accounts at the broker. */
  readonly accounts: readonly string[];
  readonly services: readonly {
    readonly topic: string;
    readonly at: string;
    readonly body: object;
  }[];
}

export function exportOf(parts: {
  readonly unit: string;
  readonly nowMs: number;
  readonly sight: Sight;
  readonly accounts: readonly string[];
  readonly rows: readonly Row[];
}): OwnerExport {
  const { unit, nowMs, sight, accounts, rows } = parts;
  const { owner, choices, events } = sight;
  return {
    format: exportFormat,
    made: new Date(nowMs).toISOString(),
    unit,
    notice: noticeVersion,
    device: { owner, choices, events },
    accounts,
    services: rows.map(({ topic, atMs, body }) => ({
      topic,
      at: new Date(atMs).toISOString(),
      body,
    })),
  };
}
