import { useAct } from "./desk-context.ts";

/** The switch shows what the device has reported, not what was asked of it. */
export function LampControl({ lit }: { lit: boolean }) {
  const act = useAct();
  return (
    <div class="lamp-control">
      <button
        type="button"
        role="switch"
        aria-checked={lit}
        aria-label="Lamp"
        class="lamp-switch"
        onClick={() => act({ type: "lamp", on: !lit })}
      >
        <span class="lamp-disc" aria-hidden="true" />
        <span class="lamp-word">{lit ? "On" : "Off"}</span>
      </button>
    </div>
  );
}
