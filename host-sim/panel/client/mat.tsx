import type { DeskView } from "../view.ts";
import { BoardDrawing } from "./board-drawing.tsx";
import { useAct } from "./desk-context.ts";
import { useHold } from "./hold.ts";
import { Label } from "./label.tsx";
import { buttonInWords, standing } from "./words.ts";

/** The cutting mat with the board, its label and the three things a hand can do to it. */
export function Mat({ view }: { view: DeskView }) {
  const act = useAct();
  const hold = useHold();
  const { unit } = view;
  const { now, next } = standing(unit, view.owner);
  const plug = () => act({ type: unit.powered ? "unplug" : "plug" });
  const cable = () => act({ type: "cable", in: !unit.cable });
  return (
    <section class="mat" aria-labelledby="mat-title">
      <header class="mat-words">
        <h2 id="mat-title">{unit.name}</h2>
        <p>
          {now} <em>{next}</em>
        </p>
      </header>
      <div class="bench">
        <BoardDrawing
          unit={unit}
          hold={hold.pointer}
          plug={{ onClick: plug }}
          cable={{ onClick: cable }}
        />
      </div>
      <div class="mat-keys">
        <button type="button" class="key on-mat" onClick={plug}>
          {unit.powered ? "Pull the power plug" : "Plug in the power"}
        </button>
        <button
          type="button"
          class={`key on-mat hold ${hold.holding ? "held" : ""}`}
          {...hold.pointer}
          {...hold.keyboard}
          aria-describedby="button-words"
        >
          Press the button
          {hold.holding && <span class="held-for"> {(hold.heldMs / 1000).toFixed(1)} s</span>}
        </button>
        <p class="key-words" id="button-words">
          {buttonInWords(unit, view.owner)}
        </p>
        <button type="button" class="key on-mat" onClick={cable}>
          {unit.cable ? "Pull the network cable" : "Plug in the network cable"}
        </button>
      </div>
      <Label label={view.label} serial={unit.serial} />
    </section>
  );
}
