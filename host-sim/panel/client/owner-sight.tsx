import type { ExportView, RightsView, SightView } from "../rights.ts";
import { useAct } from "./desk-context.ts";
import { timeOfDay } from "./words.ts";

const shownEvents = 6;

function Seen({ sight }: { sight: SightView }) {
  const newest = sight.events.slice(-shownEvents).reverse();
  return (
    <div class="seen">
      <dl>
        <dt>Held in the device</dt>
        <dd>
          The Wi-Fi <strong>{sight.ssid}</strong> and its password, the address of your broker{" "}
          <code>{sight.broker}</code>, your public key, your choices, and {sight.events.length}{" "}
          events
          {sight.child && "; the profile for a child is on"}.
        </dd>
        <dt>Sent without asking, to work and to warn you</dt>
        <dd>
          {sight.flows.map(({ name }) => name).join(", ")}:{" "}
          {[...new Set(sight.flows.map(({ recipient }) => recipient))].join("; ")}
        </dd>
        <dt>Kept by the service</dt>
        <dd>{sight.kept} messages</dd>
        <dt>Who has access</dt>
        <dd>{sight.accounts.join(", ")}</dd>
        <dt>To report a weakness of the device</dt>
        <dd>{sight.contact}</dd>
      </dl>
      <ol aria-label="Newest events in the device">
        {newest.map(({ atMs, words }, index) => (
          <li key={index}>
            <time>{timeOfDay(atMs)}</time> {words}
          </li>
        ))}
      </ol>
      <p class="hint">Answered by the device itself at {timeOfDay(sight.atMs)}.</p>
    </div>
  );
}

function Download({ file }: { file: ExportView }) {
  const href = `data:application/json;charset=utf-8,${encodeURIComponent(file.text)}`;
  return (
    <a class="key" href={href} download={file.name}>
      Download {file.name}
    </a>
  );
}

/** "What is held, where it goes, who has access", by a signed order; and all of it to take away. */
export function OwnerSight({ rights }: { rights: RightsView }) {
  const act = useAct();
  const { sight, looking, export: file } = rights;
  return (
    <section class="right" aria-labelledby="sight-title">
      <h3 id="sight-title">What is held</h3>
      <p class="hint">
        Where it goes and who has access. Your phone signs the question; the device answers.
      </p>
      <div class="keys">
        <button type="button" class="key" disabled={looking} onClick={() => act({ type: "sight" })}>
          {looking ? "Asking the device…" : "Show what is held"}
        </button>
        <button
          type="button"
          class="key"
          disabled={looking}
          onClick={() => act({ type: "export" })}
        >
          Export
        </button>
      </div>
      {file && <Download file={file} />}
      {sight && <Seen sight={sight} />}
    </section>
  );
}
