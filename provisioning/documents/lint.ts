/**
 * What a reader of the law would look for in a disclosure policy and in security.txt, as a linter:
 * every clause, by words it cannot do without.
 */
import { isDay } from "./product.ts";

interface Clause {
  readonly clause: string;
  readonly needs: RegExp;
}

const clauses: readonly Clause[] = [
  { clause: "a contact", needs: /## Contact\s+\*\*\S+@\S+|## Contact\s+\*\*https:/ },
  {
    clause: "when a report is acknowledged, in days",
    needs: /\*\*acknowledge\*\* your report within \d+ working days/,
  },
  {
    clause: "status updates until it is resolved, in days",
    needs: /\*\*status update\*\* at least every \d+ days until it is resolved/,
  },
  { clause: "when it is published, in days", needs: /\*\*publication\*\* with you: \d+ days/ },
  {
    clause: "free, without an account, without personal data",
    needs: /cost nothing and need no account; you may stay anonymous/,
  },
  {
    clause: "express authorisation, naming the Act",
    needs: /\*\*express authorisation\*\*[\s\S]*\*\*Computer Misuse Act 1990\*\*/,
  },
  { clause: "no legal action within its limits", needs: /\*\*no legal action\*\*/ },
  { clause: "what is in scope", needs: /### In scope\s+(- [^\n]+: [^\n]+\n){2,}/ },
  { clause: "what is permitted", needs: /### Permitted\s+(- [^\n]+\n){2,}/ },
  { clause: "what is forbidden", needs: /### Forbidden\s+(- [^\n]+\n){2,}/ },
  { clause: "others' data are off limits", needs: /data, accounts or devices of other people/ },
  { clause: "denial of service is off limits", needs: /denial of service/ },
  { clause: "persistence is off limits", needs: /persistence/ },
  { clause: "social engineering is off limits", needs: /social engineering/ },
  {
    clause: "third parties cannot be permitted for",
    needs: /### Third parties\s+We can permit nothing for what belongs to others\. \S/,
  },
  { clause: "several makers are coordinated", needs: /we coordinate with\s+them/ },
  {
    clause: "where to ask in doubt, and when permission ends",
    needs: /### When in doubt\s+Ask first[\s\S]*This authorisation ends/,
  },
  { clause: "suppliers are told", needs: /goes to its maker within two working days/ },
  { clause: "advisories have a channel", needs: /publish an advisory \(CSAF\) with a CVE number/ },
];

/** Clauses that are not there; empty for a whole policy. */
export function policyFaults(policy: string): string[] {
  return clauses
    .filter(({ needs }) => !needs.test(policy))
    .map(({ clause }) => `missing: ${clause}`);
}

export const clauseCount = clauses.length;

const fields = [
  "Acknowledgments",
  "Canonical",
  "Contact",
  "CSAF",
  "Encryption",
  "Expires",
  "Hiring",
  "Policy",
  "Preferred-Languages",
];
const isUri = (text: string) => /^(https:\/\/|mailto:|tel:)\S+$/.test(text);

/**
 * RFC 9116 sections 2.2 to 2.5 and 4.
 * @param today YYYY-MM-DD, which Expires must lie after.
 */
export function securityTxtFaults(text: string, today: string): string[] {
  const found: string[] = [];
  if (!/\n$/.test(text)) found.push("the last line does not end");
  const lines = text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
  const values = lines.map((line) => /^([A-Za-z-]+): (\S.*)$/.exec(line));
  for (const [index, value] of values.entries())
    if (!value) found.push(`not a field: ${lines[index]}`);
  const of = (name: string) =>
    values.filter((one) => one?.[1]?.toLowerCase() === name.toLowerCase()).map((one) => one![2]!);
  for (const name of values.flatMap((one) => (one ? [one[1]!] : [])))
    if (!fields.some((known) => known.toLowerCase() === name.toLowerCase()))
      found.push(`unknown field: ${name}`);
  if (of("Contact").length === 0) found.push("no Contact");
  for (const name of [
    "Contact",
    "Canonical",
    "Policy",
    "Encryption",
    "Acknowledgments",
    "Hiring",
    "CSAF",
  ])
    for (const value of of(name)) if (!isUri(value)) found.push(`${name}: not a URI: ${value}`);
  const [expires = "", ...more] = of("Expires");
  const at = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/.exec(expires);
  if (more.length > 0 || !at || !isDay(at[1]!))
    found.push("Expires must be there once, as a date and time of RFC 3339");
  else if (at[1]! <= today)
    found.push(`expired on ${at[1]}: raise securityTxtExpires in product.json`);
  if (of("Preferred-Languages").length > 1) found.push("Preferred-Languages is there twice");
  return found;
}
