import type { ChoiceView } from "../rights.ts";
import { useAct } from "./desk-context.ts";

function Choice({ choice }: { choice: ChoiceView }) {
  const act = useAct();
  const { purpose, title, explain, flows, granted, asked } = choice;
  const about = `about-${purpose}`;
  return (
    <li class="choice">
      <div>
        <h4>{title}</h4>
        <p class="hint" id={about}>
          {explain}: {flows.map(({ name }) => name).join(", ")}. Goes to{" "}
          {[...new Set(flows.map(({ recipient }) => recipient))].join("; ")}. Kept:{" "}
          {[...new Set(flows.map(({ retention }) => retention))].join("; ")}.
        </p>
      </div>
      <button
        type="button"
        role="switch"
        class="toggle"
        aria-checked={granted}
        aria-label={`Send: ${title}`}
        aria-describedby={about}
        disabled={asked}
        onClick={() => act({ type: "consent", purpose, granted: !granted })}
      >
        <span class="toggle-word">{asked ? "Asking…" : granted ? "Yes" : "No"}</span>
      </button>
    </li>
  );
}

/** A switch a purpose: withdrawing is as easy as agreeing. It shows what the device has confirmed. */
export function OwnerConsent({ choices }: { choices: readonly ChoiceView[] }) {
  return (
    <section class="right" aria-labelledby="consent-title">
      <h3 id="consent-title">What you agree to</h3>
      <p class="hint">Nothing here is needed for the device to work. Off until you say yes.</p>
      <ul>
        {choices.map((choice) => (
          <Choice key={choice.purpose} choice={choice} />
        ))}
      </ul>
    </section>
  );
}
