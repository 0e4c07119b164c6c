import type { UnitView } from "../view.ts";
import { Chip, Lamp, Router, Sensor } from "./board-parts.tsx";

/** Event handlers of a part that can be touched. */
type PointerHandlers = Record<string, unknown>;

interface Props {
  unit: UnitView;
  hold: PointerHandlers;
  plug: PointerHandlers;
  cable: PointerHandlers;
}

function Button({ unit, hold }: Pick<Props, "unit" | "hold">) {
  return (
    <g class={`touch push ${unit.buttonDown ? "down" : ""}`} {...hold}>
      <title>Press the button</title>
      <rect class="reach" x="184" y="204" width="72" height="72" />
      <rect class="switch-body" x="198" y="218" width="44" height="44" rx="5" />
      <circle class="switch-cap" cx="220" cy="240" r="14" />
    </g>
  );
}

function PowerPlug({ unit, plug }: Pick<Props, "unit" | "plug">) {
  return (
    <g class={`touch power ${unit.powered ? "in" : "out"}`} {...plug}>
      <title>{unit.powered ? "Pull the power plug" : "Plug in the power"}</title>
      <rect class="reach" x="60" y="180" width="110" height="66" />
      <path class="cord" d="M-60 318 C 10 318 20 214 92 214" />
      <rect class="plug-metal" x="140" y="204" width="26" height="20" rx="6" />
      <rect class="plug-grip" x="88" y="196" width="56" height="36" rx="8" />
      <path class="plug-ridges" d="M104 205v18 M112 205v18 M120 205v18" />
    </g>
  );
}

function NetworkCable({ unit, cable }: Pick<Props, "unit" | "cable">) {
  return (
    <g class={`touch network ${unit.cable ? "in" : "out"}`} {...cable}>
      <title>{unit.cable ? "Pull the network cable" : "Plug in the network cable"}</title>
      <rect class="reach" x="486" y="84" width="64" height="76" />
      <path class="cord" d="M518 132 C 518 190 542 216 542 290 V 520" />
      <rect class="plug-clear" x="508" y="94" width="20" height="26" rx="2" />
      <path class="plug-wires" d="M512 96v9 M516 96v9 M520 96v9 M524 96v9" />
      <rect class="plug-boot" x="511" y="120" width="14" height="16" rx="4" />
    </g>
  );
}

/**
 * The board as it lies on the mat. Its parts answer to the pointer; the buttons beneath it do the
 * same for everyone, so the drawing itself is hidden from assistive technology.
 */
export function BoardDrawing({ unit, hold, plug, cable }: Props) {
  const state = `${unit.powered ? "powered" : ""} ${unit.life === "set-up" ? "open" : ""}`;
  return (
    <svg class={`board ${state}`} viewBox="0 0 560 316" aria-hidden="true">
      <Lamp unit={unit} />
      <Sensor />
      <Router unit={unit} />
      <NetworkCable unit={unit} cable={cable} />
      <PowerPlug unit={unit} plug={plug} />
      <Chip unit={unit} />
      <Button unit={unit} hold={hold} />
    </svg>
  );
}
