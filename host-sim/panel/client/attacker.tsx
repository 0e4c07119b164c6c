import { guidelines } from "../guidelines.ts";
import type { AttackView } from "../view.ts";
import { useAct } from "./desk-context.ts";

function Answer({ attack }: { attack: AttackView }) {
  if (attack.running) return <p class="attack-answer running">Trying…</p>;
  if (!attack.lastAnswer) return null;
  if (!attack.lastOutcome) return <p class="attack-answer not-now">{attack.lastAnswer}</p>;
  const broken = attack.lastOutcome === "broken";
  return (
    <div class={`attack-answer ${broken ? "broken" : "held"}`}>
      <span class="stamp">{broken ? "Got in" : "Held"}</span>
      <p>
        {attack.lastAnswer} {attack.lastReason && <code>{attack.lastReason}</code>}
      </p>
    </div>
  );
}

function Attack({ attack }: { attack: AttackView }) {
  const act = useAct();
  return (
    <li class="attack">
      <div class="attack-words">
        <h4>{attack.title}</h4>
        <p>{attack.explain}</p>
      </div>
      <button
        type="button"
        class="key"
        disabled={attack.running}
        aria-label={`Try it: ${attack.title}`}
        onClick={() => act({ type: "attack", name: attack.name })}
      >
        {attack.lastOutcome ? "Try again" : "Try it"}
      </button>
      <div aria-live="polite" class="attack-live">
        <Answer attack={attack} />
      </div>
    </li>
  );
}

/** The attacks this desk has, under the promise each tries to break. */
export function Attacker({ attacks }: { attacks: readonly AttackView[] }) {
  const groups = guidelines
    .map((guideline) => ({
      ...guideline,
      attacks: attacks.filter((attack) => attack.guideline === guideline.guideline),
    }))
    .filter((group) => group.attacks.length > 0);
  return (
    <div class="attacker">
      <p class="hint">
        Each runs against the device on this desk, by the same scenario that the tests run.
      </p>
      {groups.map((group) => (
        <section key={group.guideline}>
          <h3>
            <span class="numeral">{group.guideline}</span> {group.title}
          </h3>
          <ul>
            {group.attacks.map((attack) => (
              <Attack key={attack.name} attack={attack} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
