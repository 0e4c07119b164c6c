import { useEffect, useRef, useState } from "preact/hooks";
import type { UnitView } from "../view.ts";
import { useAct } from "./desk-context.ts";

/** Follows the device, except while the hand is on the slider. */
function useBrightness(unit: UnitView) {
  const act = useAct();
  const [shown, setShown] = useState(unit.brightness);
  const touched = useRef(false);
  useEffect(() => {
    if (!touched.current) setShown(unit.brightness);
  }, [unit.brightness]);
  return {
    shown,
    slide: (value: number) => {
      touched.current = true;
      setShown(value);
    },
    settle: (value: number) => {
      touched.current = false;
      setShown(value);
      void act({ type: "lamp", on: value > 0, brightness: value });
    },
  };
}

export function LampControl({ unit }: { unit: UnitView }) {
  const act = useAct();
  const brightness = useBrightness(unit);
  return (
    <div class="lamp-control">
      <button
        type="button"
        role="switch"
        aria-checked={unit.lamp}
        aria-label="Lamp"
        class="lamp-switch"
        onClick={() => act({ type: "lamp", on: !unit.lamp })}
      >
        <span class="lamp-disc" aria-hidden="true" />
        <span class="lamp-word">{unit.lamp ? "On" : "Off"}</span>
      </button>
      <div class="field">
        <label for="brightness">
          Brightness <output for="brightness">{brightness.shown} %</output>
        </label>
        <input
          id="brightness"
          type="range"
          min={0}
          max={100}
          step={5}
          value={brightness.shown}
          onInput={(event) => brightness.slide(Number(event.currentTarget.value))}
          onChange={(event) => brightness.settle(Number(event.currentTarget.value))}
        />
      </div>
    </div>
  );
}
