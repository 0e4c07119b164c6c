/** The ICS: a row for each provision with its support and how, or why not; and its linter (4-1). */
import type { Claim } from "./claim.ts";
import type { Provision } from "./standard.ts";

export interface IcsRow {
  readonly provision: string;
  readonly status: string;
  readonly support: "Y" | "N" | "N/A";
  readonly detail: string;
  readonly condition?: string;
}

export function icsOf(provisions: readonly Provision[], claims: readonly Claim[]): IcsRow[] {
  return provisions.map(({ id, status }) => {
    const claim = claims.find(({ provision }) => provision === id);
    const skipped = claim?.notApplicable;
    if (skipped) {
      const { condition, reason } = skipped;
      return { provision: id, status, support: "N/A", detail: reason, condition };
    }
    const asked = claim?.needs ? ` (${claim.needs.what}: ${claim.needs.why})` : "";
    return {
      provision: id,
      status,
      support: claim ? "Y" : "N",
      detail: `${claim?.design ?? ""}${asked}`,
    };
  });
}

export interface Capabilities {
  /** Something declares an update mechanism. */
  readonly updates: boolean;
  /** Some part cannot be updated. */
  readonly fixedParts: boolean;
}

/** What an assessor would send back; empty when nothing. */
export function icsFaults(rows: readonly IcsRow[], has: Capabilities): string[] {
  const reasons = new Map<string, string>();
  return rows.flatMap(({ provision, status, support, detail, condition }) => {
    const faults: string[] = [];
    if (detail.trim().length < 20) faults.push(`${provision}: no reason that says anything`);
    const same = reasons.get(detail);
    if (same && support !== "Y") faults.push(`${provision}: the reason of ${same}, copied`);
    reasons.set(detail, provision);
    if (support === "N/A" && !condition) faults.push(`${provision}: N/A without its condition`);
    if (support === "N" && status.startsWith("M")) faults.push(`${provision}: mandatory and unmet`);
    if (support === "N/A" && /^5\.3-(14|15)$/.test(provision) && has.fixedParts)
      faults.push(`${provision}: N/A, although a part cannot be updated`);
    if (support === "N/A" && /^5\.3-([2-9]|1[0-2])$/.test(provision) && has.updates)
      faults.push(`${provision}: N/A, although there is an update mechanism`);
    return faults;
  });
}

export function icsMarkdown(rows: readonly IcsRow[], titles: ReadonlyMap<string, string>): string {
  const lines = rows.map(
    ({ provision, status, support, detail, condition }) =>
      `| ${provision} | ${titles.get(provision) ?? ""} | ${status} | ${support} | ${condition ? `${condition}: ` : ""}${detail} |`,
  );
  return `<!-- Written by npm run documents from test/conformance/claims. -->
# ICS: what this device claims

The implementation conformance statement of ETSI TS 103 701, for EN 303 645 V2.1.1 with what V3.1.3 and the Code of Practice add. A claim, not a
verdict: verdicts come from \`npm run conformance\`. Statuses to be checked against the text; not legal advice.

| provision | | status | support | how, or why not |
|---|---|---|---|---|
${lines.join("\n")}
`;
}
