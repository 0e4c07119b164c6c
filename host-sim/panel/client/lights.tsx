import { useEffect, useRef, useState } from "preact/hooks";
import { guidelines } from "../guidelines.ts";
import type { Light } from "../view.ts";
import { timeOfDay } from "./words.ts";

const stateInWords = { grey: "not shown yet", green: "shown", red: "broken" } as const;

function Story({ light }: { light: Light }) {
  const promise = guidelines[light.guideline - 1]?.promise;
  return (
    <div class="story" id={`story-${light.guideline}`}>
      <p class="story-number">
        Promise {light.guideline} of 13 · {stateInWords[light.state]}
      </p>
      <h2>{light.title}</h2>
      <p>{promise}</p>
      {light.state === "grey" ? (
        <p class="story-proof">
          The device has not shown this on your desk yet. The light waits for it to happen.
        </p>
      ) : (
        <dl class="story-proof">
          <dt>What happened</dt>
          <dd>{light.what}</dd>
          {light.when !== undefined && (
            <>
              <dt>When</dt>
              <dd>{timeOfDay(light.when)}</dd>
            </>
          )}
          {light.test && (
            <>
              <dt>Held for good by</dt>
              <dd>
                <code>{light.test}</code>
              </dd>
            </>
          )}
        </dl>
      )}
    </div>
  );
}

/** Closes on Escape (focus returns to the light) and on a press anywhere else. */
function useDismissal(open: boolean, close: () => void) {
  const strip = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      strip.current?.querySelector<HTMLElement>("[aria-expanded=true]")?.focus();
      close();
    };
    const onPress = (event: PointerEvent) => {
      if (!strip.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("pointerdown", onPress);
    };
  }, [open, close]);
  return strip;
}

export function Lights({ lights }: { lights: readonly Light[] }) {
  const [open, setOpen] = useState<number>();
  const strip = useDismissal(open !== undefined, () => setOpen(undefined));
  const shown = lights.filter(({ state }) => state === "green").length;
  const broken = lights.filter(({ state }) => state === "red").length;
  return (
    <nav class="lights" aria-label="The thirteen promises" ref={strip}>
      <ol>
        {lights.map((light) => (
          <li key={light.guideline}>
            <button
              type="button"
              class={`light ${light.state}`}
              aria-expanded={open === light.guideline}
              aria-controls={`story-${light.guideline}`}
              aria-label={`Promise ${light.guideline}, ${light.title}: ${stateInWords[light.state]}`}
              onClick={() => setOpen(open === light.guideline ? undefined : light.guideline)}
            >
              <span class="jewel">{light.guideline}</span>
              <span class="engraving">{light.title}</span>
            </button>
            {open === light.guideline && <Story light={light} />}
          </li>
        ))}
      </ol>
      <p class="tally">
        {shown} of 13 shown{broken > 0 && <strong>, {broken} broken</strong>}
        <span class="tally-more">
          {" "}
          · a light turns green when the device has just kept its promise here
        </span>
      </p>
    </nav>
  );
}
