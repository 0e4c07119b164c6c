import type { UpdateNote } from "../rights.ts";
import { useAct } from "./desk-context.ts";

const waits: Readonly<Record<string, string>> = {
  "quiet-hours": "It is ready, and waits for your quiet hours.",
  postponed: "It waits, as you asked.",
  "in-use": "It waits until the light is switched off.",
};

function standing({ state, reason }: UpdateNote): string {
  if (state === "waiting") return waits[reason ?? ""] ?? "It is ready, and waits.";
  if (state === "installing") return "The device restarts into it now.";
  if (state === "confirmed") return "Installed; the device has found itself well.";
  if (state === "rolled-back")
    return `The device gave it up (${reason ?? "it did not work"}) and runs what it ran before.`;
  return "The device fetches it.";
}

function Note({ update }: { update: UpdateNote }) {
  const act = useAct();
  const open = update.state === "offered" || update.state === "waiting";
  return (
    <article class={`update ${update.severity}`} aria-label={`Update ${update.version}`}>
      <h4>
        {update.version} <span class="severity">{update.severity}</span>
      </h4>
      <p>{update.why}</p>
      <p>Without it: {update.risk}</p>
      <p class="hint">{standing(update)}</p>
      {open && (
        <div class="keys">
          <button
            type="button"
            class="key"
            onClick={() => act({ type: "update", wish: "install" })}
          >
            Install now
          </button>
          <button
            type="button"
            class="key"
            onClick={() => act({ type: "update", wish: "postpone" })}
          >
            Postpone a day
          </button>
        </div>
      )}
    </article>
  );
}

/** What the maker says an update is for and what is at risk without it, as the device passes it on. */
export function OwnerUpdate({ update }: { update: UpdateNote | undefined }) {
  const act = useAct();
  return (
    <section class="right" aria-labelledby="update-title">
      <h3 id="update-title">Updates</h3>
      {update ? (
        <Note update={update} />
      ) : (
        <p class="hint">The device looks once a day, and installs when it disturbs nobody.</p>
      )}
      <button
        type="button"
        class="key small"
        onClick={() => act({ type: "update", wish: "check" })}
      >
        Look for an update
      </button>
    </section>
  );
}
