import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { DeskView } from "../view.ts";
import { Attacker } from "./attacker.tsx";
import { Maker } from "./maker.tsx";
import { Owner } from "./owner.tsx";

interface Person {
  key: string;
  name: string;
  show: (view: DeskView) => ComponentChildren;
}

const people: readonly Person[] = [
  { key: "owner", name: "Owner", show: (view) => <Owner view={view} /> },
  { key: "attacker", name: "Attacker", show: (view) => <Attacker attacks={view.attacks} /> },
  { key: "maker", name: "Maker", show: (view) => <Maker maker={view.maker} /> },
];

/** Tabs after the ARIA pattern: arrows move between people, Tab goes into the chosen one. */
export function People({ view }: { view: DeskView }) {
  const [chosen, setChosen] = useState(0);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const index = (chosen + step + people.length) % people.length;
    setChosen(index);
    document.getElementById(`tab-${people[index]!.key}`)?.focus();
  };
  return (
    <section class="people" aria-label="People">
      <div class="tabs" role="tablist" aria-label="Who you are" onKeyDown={onKeyDown}>
        {people.map(({ key, name }, index) => (
          <button
            key={key}
            type="button"
            role="tab"
            id={`tab-${key}`}
            aria-selected={index === chosen}
            aria-controls={`person-${key}`}
            tabIndex={index === chosen ? 0 : -1}
            onClick={() => setChosen(index)}
          >
            {name}
          </button>
        ))}
      </div>
      {people.map(({ key, show }, index) => (
        // All stay mounted, so that half-typed words survive a look at another tab.
        <div
          key={key}
          role="tabpanel"
          id={`person-${key}`}
          aria-labelledby={`tab-${key}`}
          hidden={index !== chosen}
        >
          {show(view)}
        </div>
      ))}
    </section>
  );
}
