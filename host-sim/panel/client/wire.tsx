import type { WireEntry } from "../view.ts";
import { sizeInWords, timeOfDay } from "./words.ts";

const shownEntries = 10;

function Row({ entry }: { entry: WireEntry }) {
  const out = entry.direction === "out";
  return (
    <li class={`passage ${entry.outcome}`}>
      <time>{timeOfDay(entry.atMs)}</time>
      <span class="way" role="img" aria-label={out ? "leaves the board" : "reaches the board"}>
        {out ? "→" : "←"}
      </span>
      <div class="what">
        <p>
          {entry.kind === "connection" ? "Connection" : "Message"} {out ? "to" : "from"}{" "}
          {entry.peer}
          {entry.topic && (
            <>
              {" "}
              <code>{entry.topic}</code>
            </>
          )}
        </p>
        {entry.fields && entry.fields.length > 0 && (
          <p class="fields">carries {entry.fields.join(", ")}</p>
        )}
        {entry.reason && (
          <p class="fields">
            reason <code>{entry.reason}</code>
          </p>
        )}
      </div>
      <span class="outcome">
        {entry.outcome === "refused" ? <span class="stamp">Refused</span> : entry.outcome}
        {entry.kind === "message" && <small>{sizeInWords(entry.bytes)}</small>}
      </span>
    </li>
  );
}

/** What leaves and reaches the board. Fields are named by the data map; values are not ours to show. */
export function Wire({ entries }: { entries: readonly WireEntry[] }) {
  return (
    <section class="sheet wire" aria-labelledby="wire-title">
      <header>
        <h2 id="wire-title">On the wire</h2>
      </header>
      {entries.length === 0 && <p class="hint">Silence: the board has not spoken to anyone.</p>}
      <ol>
        {entries.slice(0, shownEntries).map((entry) => (
          <Row key={entry.id} entry={entry} />
        ))}
      </ol>
    </section>
  );
}
