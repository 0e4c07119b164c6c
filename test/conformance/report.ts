/**
 * The record as a page for people: one file, no script, nothing from elsewhere. A verdict opens to
 * what was said and what ran; each test leads to its output, each mutant to its change.
 */
import { escapeHtml as text } from "../documents/html.ts";
import { fingerprint } from "./chain.ts";
import type { RanTest, Row, Verdict } from "./judge.ts";
import { type ConformanceRecord, type MutantEntry, type RecordBody, rowsOf } from "./record.ts";
import { reportStyle } from "./report-style.ts";
import { guidelines } from "./standard.ts";

const verdicts: readonly Verdict[] = ["PASS", "FAIL", "INCONCLUSIVE", "N/A"];
const kind = (verdict: Verdict) => verdict.toLowerCase().replace("/", "");

export function reportHtml(record: ConformanceRecord): string {
  const { body } = record;
  const rows = rowsOf(record, "provision");
  const mutants = new Map(rowsOf(record, "mutant").map((one) => [one.id, one]));
  const chapters = guidelines.map(({ n, title }) => {
    const ofThis = rows.filter(({ guideline }) => guideline === n);
    return ofThis.length === 0 ? "" : chapter(n, title, ofThis, mutants);
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Conformance record: ${text(body.product.name)} ${text(body.firmware.version)}</title>
<style>${reportStyle}</style>
</head>
<body>
<header>
${head(body, rows)}
</header>
<main>
${filters(body)}
${chapters.join("")}
</main>
<footer>
${foot(record)}
</footer>
</body>
</html>
`;
}

function head(
  { product, counts, shownByTest, mutants, ...body }: RecordBody,
  rows: readonly Row[],
) {
  const total = rows.length;
  const parts = verdicts.filter((verdict) => counts[verdict] > 0);
  const bar = parts.map(
    (verdict) => `<span class="${kind(verdict)}" style="flex-grow:${counts[verdict]}"></span>`,
  );
  const sum = parts.map((verdict) => `${counts[verdict]} ${verdict}`).join(", ");
  const sample = product.sample
    ? `<p class="warning">This is the reference product: its maker, contacts and dates are samples.</p>`
    : "";
  const partial = body.partial
    ? `<p class="warning">Partial: only ${text(body.partial)} was run.</p>`
    : "";
  return `<p class="over">Conformance record</p>
<h1>${text(product.name)} <small>${text(product.model)}, firmware ${text(body.firmware.version)}</small></h1>
<p class="lead">The Code of Practice for Consumer IoT Security and ETSI EN 303 645, ${total} rows, each shown by what ran on ${text(day(body.ended))} or not shown at all.</p>
<div class="bar" role="img" aria-label="${text(sum)}">${bar.join("")}</div>
<dl class="figures">
<div><dt>shown by a test whose mutants were killed</dt><dd>${shownByTest}</dd></div>
<div><dt>guards taken out, one at a time</dt><dd>${mutants.killed + mutants.survived + mutants.other}</dd></div>
<div><dt>of them noticed</dt><dd>${mutants.killed}</dd></div>
<div><dt>in so many minutes</dt><dd>${Math.max(1, Math.round(body.seconds / 60))}</dd></div>
</dl>
${sample}${partial}
<details class="how"><summary>How to read this</summary>
<p>Each provision has two cases, as ETSI TS 103 701 has them: the <em>conceptual</em> one asks whether the design says how, the <em>functional</em> one whether the device did it. A functional PASS needs a test that passed in this run <em>and</em> a mutant, the same code with that one guard taken out, that the test noticed.</p>
<p>INCONCLUSIVE: it needs an organisation or hardware, and says which. N/A: a condition of the provision does not hold. ${text(body.note)}</p>
</details>`;
}

function filters({ counts }: RecordBody): string {
  const choice = (id: string, label: string, count: number) =>
    `<input type="radio" name="show" id="show-${id}"${id === "all" ? " checked" : ""}><label for="show-${id}">${label} <b>${count}</b></label>`;
  const all = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0);
  const some = verdicts
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => choice(kind(verdict), verdict, counts[verdict]));
  return `<fieldset class="filters"><legend>Show</legend>${choice("all", "all", all)}${some.join("")}</fieldset>`;
}

function chapter(
  n: number,
  title: string,
  rows: readonly Row[],
  mutants: ReadonlyMap<string, MutantEntry>,
): string {
  const dots = rows.map(({ verdict }) => `<i class="${kind(verdict)}"></i>`).join("");
  return `<section id="g${n}">
<h2><span>${n || "·"}</span> ${text(title)} <span class="dots" aria-hidden="true">${dots}</span></h2>
${rows.map((row) => provision(row, mutants)).join("")}</section>
`;
}

function provision(row: Row, mutants: ReadonlyMap<string, MutantEntry>): string {
  const { conceptual, functional } = row;
  const reads = conceptual.reads.map((path) => `<code>${text(path)}</code>`).join(" ");
  const tables = conceptual.ixit.map((table) => `<code>${text(table)}</code>`).join(" ");
  const level = row.level === "M" ? "mandatory" : row.level === "R" ? "recommended" : row.level;
  return `<details class="row ${kind(row.verdict)}" id="p-${text(row.provision)}">
<summary><b class="verdict">${row.verdict}</b> <span class="id">${text(row.provision)}</span> <span class="title">${text(row.title)}</span> <span class="level">${text(level)}</span></summary>
<div class="body">
<p class="requirement">${text(row.requirement)}</p>
<h3>Design <b class="verdict ${kind(conceptual.verdict)}">${conceptual.verdict}</b></h3>
<p>${text(conceptual.design)}</p>
<p class="reason">${text(conceptual.reason)}</p>
${reads ? `<p class="reads">Read ${reads}</p>` : ""}${tables ? `<p class="reads">IXIT ${tables}</p>` : ""}
<h3>Behaviour <b class="verdict ${kind(functional.verdict)}">${functional.verdict}</b></h3>
<p class="reason">${text(functional.reason)}${functional.where.length > 0 ? ` (${functional.where.map(text).join("; ")})` : ""}</p>
${testList(functional.tests)}
${functional.mutants.map(({ id }) => mutantBox(mutants.get(id))).join("")}
</div>
</details>
`;
}

function testList(tests: readonly RanTest[]): string {
  if (tests.length === 0) return "";
  const items = tests.map(
    ({ title, outcome, evidence, where, file }) =>
      `<li class="${outcome}"><a href="${text(evidence)}">${text(title)}</a> <small>${text(outcome)}, ${text(where)}, <code>${text(file)}</code></small></li>`,
  );
  return `<ul class="tests">${items.join("")}</ul>`;
}

function mutantBox(mutant: MutantEntry | undefined): string {
  if (!mutant) return "";
  const { id, verdict, detail, file, guard, broken } = mutant;
  return `<details class="mutant ${text(verdict)}"><summary>mutant <code>${text(id)}</code> <b>${text(verdict)}</b></summary>
<p>In <code>${text(file)}</code></p>
<pre class="diff"><del>${text(guard)}</del><ins>${text(broken || "(nothing)")}</ins></pre>
<p>${text(detail)}</p></details>`;
}

function foot(record: ConformanceRecord): string {
  const { body, seal, rows } = record;
  return `<h2>This record</h2>
<dl>
<div><dt>firmware</dt><dd>${text(body.firmware.version)}, SHA-256 <code>${text(body.firmware.sha256)}</code></dd></div>
<div><dt>made by</dt><dd>commit <code>${text(body.tool.commit)}</code>${body.tool.modified ? ", with changes that were not committed" : ""}, Node ${text(body.tool.node)}</dd></div>
<div><dt>begun, ended</dt><dd>${text(body.started)}, ${text(body.ended)}</dd></div>
<div><dt>chain</dt><dd>${rows.length} rows, last hash <code>${text(rows.at(-1)?.hash ?? "")}</code></dd></div>
<div><dt>signed by</dt><dd>Ed25519 key <code>${fingerprint(seal)}</code></dd></div>
</dl>
<p>This page is made from <a href="record.json">record.json</a>. Check that with <code>npm run verify-report -- record.json</code>; it needs no network.</p>`;
}

const day = (iso: string) =>
  new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
