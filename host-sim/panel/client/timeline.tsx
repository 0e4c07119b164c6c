import { useState } from "preact/hooks";
import type { TimelineEntry } from "../view.ts";
import { useAct } from "./desk-context.ts";
import { timeOfDay } from "./words.ts";

const pageLength = 12;

const stamps = { plain: undefined, good: undefined, refused: "Refused", bad: "Failed" } as const;

function Words({ entry }: { entry: TimelineEntry }) {
  const stamp = stamps[entry.tone];
  const sentence = (
    <>
      {stamp && <span class="stamp">{stamp}</span>} {entry.text}
    </>
  );
  if (!entry.detail && !entry.reason) return <p class="words">{sentence}</p>;
  return (
    <details class="words">
      <summary>{sentence}</summary>
      {entry.detail && <p>{entry.detail}</p>}
      {entry.reason && (
        <p>
          Reason: <code>{entry.reason}</code>
        </p>
      )}
    </details>
  );
}

function Filter(props: {
  parts: readonly string[];
  part: string | undefined;
  onChoose: (part: string | undefined) => void;
}) {
  const options = [undefined, ...props.parts];
  return (
    <fieldset class="filter">
      <legend class="unseen">Show entries of</legend>
      {options.map((option) => (
        <button
          key={option ?? ""}
          type="button"
          aria-pressed={option === props.part}
          onClick={() => props.onChoose(option)}
        >
          {option ?? "all"}
        </button>
      ))}
    </fieldset>
  );
}

/** What happened, newest first, like a bank statement: when, what, who. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  const act = useAct();
  const [part, setPart] = useState<string>();
  const [length, setLength] = useState(pageLength);
  const parts = [...new Set(entries.map((entry) => entry.part))].sort();
  const chosen = part !== undefined && parts.includes(part) ? part : undefined;
  const matching = entries.filter((entry) => chosen === undefined || entry.part === chosen);
  return (
    <section class="sheet timeline" aria-labelledby="timeline-title">
      <header>
        <h2 id="timeline-title">What happened</h2>
        {entries.length > 0 && (
          <button type="button" class="key small" onClick={() => act({ type: "clear-timeline" })}>
            Clear
          </button>
        )}
      </header>
      {parts.length > 1 && <Filter parts={parts} part={chosen} onChoose={setPart} />}
      {entries.length === 0 && (
        <p class="hint">Nothing yet. Whatever you do will be listed here.</p>
      )}
      <ol class="entries">
        {matching.slice(0, length).map((entry) => (
          <li key={entry.id} class={`entry ${entry.tone}`}>
            <time>{timeOfDay(entry.atMs)}</time>
            <Words entry={entry} />
            <span class="part">{entry.part}</span>
          </li>
        ))}
      </ol>
      {matching.length > length && (
        <button type="button" class="key small" onClick={() => setLength(length + 4 * pageLength)}>
          Show earlier
        </button>
      )}
    </section>
  );
}
