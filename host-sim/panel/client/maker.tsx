import type { FlagView, MakerView, ReleaseRow } from "../maker.ts";
import { useAct } from "./desk-context.ts";
import { timeOfDay } from "./words.ts";

function Units({ units }: Pick<MakerView, "units">) {
  return (
    <section class="right" aria-labelledby="units-title">
      <h3 id="units-title">Units</h3>
      <ul>
        {units.map(({ id, serial, version }) => (
          <li key={id}>
            {serial}, firmware {version} <code>{id}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Release({ release }: { release: ReleaseRow }) {
  const { version, severity, why, percent, confirmed, rolledBack } = release;
  return (
    <li class="update">
      <h4>
        {version} <span class="severity">{severity}</span>
      </h4>
      <p>{why}</p>
      <p class="hint">
        {percent === 0 ? "Offered to nobody" : `Offered to ${percent} in 100 units`}; confirmed by{" "}
        {confirmed}, given up by {rolledBack}.
      </p>
    </li>
  );
}

function Releases({ maker }: { maker: MakerView }) {
  const act = useAct();
  const { releases, publishing, updating, unwell } = maker;
  const busy = publishing || !updating;
  return (
    <section class="right" aria-labelledby="releases-title">
      <h3 id="releases-title">Releases</h3>
      <p class="hint">
        {updating
          ? "Signed with keys made for this desk. A unit looks once a day; its owner can have it look now."
          : "The firmware on this desk looks for no updates."}
      </p>
      <div class="keys">
        <button
          type="button"
          class="key"
          disabled={busy}
          onClick={() => act({ type: "publish", quality: "good" })}
        >
          {publishing ? "Signing…" : "Publish a good release"}
        </button>
        <button
          type="button"
          class="key"
          disabled={busy}
          onClick={() => act({ type: "publish", quality: "bad" })}
        >
          Publish a bad release
        </button>
        <button type="button" class="key" disabled={busy} onClick={() => act({ type: "halt" })}>
          Halt the newest
        </button>
      </div>
      {unwell && <p class="error">{unwell}.</p>}
      <ul class="releases">
        {releases.map((release) => (
          <Release key={release.version} release={release} />
        ))}
      </ul>
    </section>
  );
}

function Flag({ flag }: { flag: FlagView }) {
  return (
    <li>
      <time>{timeOfDay(flag.atMs)}</time> {flag.words} <code>{flag.signal}</code>, about{" "}
      <code>{flag.about}</code>
    </li>
  );
}

function Flags({ flags }: Pick<MakerView, "flags">) {
  return (
    <section class="right" aria-labelledby="flags-title">
      <h3 id="flags-title">What the watcher noticed</h3>
      <p class="hint">
        It counts names of security events and connections, and looks at no report.
        {flags.length === 0 && " So far it has noticed nothing."}
      </p>
      <ul>
        {flags.map((flag) => (
          <Flag key={flag.id} flag={flag} />
        ))}
      </ul>
    </section>
  );
}

/** The maker's side: the units, what is released to them, and what deviates. Nothing of their owners. */
export function Maker({ maker }: { maker: MakerView }) {
  return (
    <div class="maker">
      <Units units={maker.units} />
      <Releases maker={maker} />
      <Flags flags={maker.flags} />
    </div>
  );
}
