/** The parts of the drawing that only show something. Units of the drawing are those of its viewBox. */
import type { UnitView } from "../view.ts";

const pins = Array.from({ length: 15 }, (_, index) => 190 + index * 18);

/** The lamp: a dome on a round base; its light falls on the mat. */
export function Lamp({ unit }: { unit: UnitView }) {
  const lit = unit.powered && unit.lamp;
  const strength = lit ? 1 : 0;
  return (
    <g class={`lamp ${lit ? "lit" : ""}`}>
      <defs>
        <radialGradient id="glow">
          <stop offset="0" class="glow-core" />
          <stop offset="0.35" class="glow-warm" />
          <stop offset="1" class="glow-none" />
        </radialGradient>
      </defs>
      {/* The light falls a little below the lamp, off the words above it: they keep their contrast. */}
      <circle class="lamp-glow" cx="96" cy="118" r="165" fill="url(#glow)" opacity={strength} />
      <path class="wire-red" d="M122 122 C 140 150 172 128 190 158" />
      <path class="wire-black" d="M114 128 C 132 168 190 136 208 158" />
      <circle class="lamp-base" cx="96" cy="92" r="48" />
      <circle class="lamp-ring" cx="96" cy="92" r="40" />
      <circle class="lamp-dome" cx="96" cy="92" r="33" />
      <circle class="lamp-light" cx="96" cy="92" r="33" opacity={strength} />
      <path class="lamp-shine" d="M74 84 A 24 24 0 0 1 94 67" />
    </g>
  );
}

/** The climate sensor: a small board with a grille, four wires to the header. */
export function Sensor() {
  const wires = [0, 1, 2, 3];
  return (
    <g class="sensor">
      {wires.map((wire) => (
        <path
          key={wire}
          class={`lead lead-${wire}`}
          d={`M${305 + wire * 12} 92 C ${305 + wire * 12} 126 ${298 + wire * 18} 120 ${298 + wire * 18} 158`}
        />
      ))}
      <rect class="sensor-board" x="290" y="34" width="66" height="62" rx="5" />
      <rect class="sensor-cap" x="305" y="45" width="36" height="30" rx="3" />
      <path class="sensor-grille" d="M312 54h22 M312 60h22 M312 66h22" />
      {wires.map((wire) => (
        <circle key={wire} class="pin" cx={305 + wire * 12} cy="87" r="3" />
      ))}
    </g>
  );
}

/** The access point, and the radio between it and the board. */
export function Router({ unit }: { unit: UnitView }) {
  const radio = unit.powered ? unit.wifi : "off";
  return (
    <g class="router">
      <g class={`radio ${radio}`}>
        <path d="M462 140 a 12 12 0 0 1 18 0" />
        <path d="M454 131 a 24 24 0 0 1 34 0" />
        <path d="M446 122 a 36 36 0 0 1 50 0" />
      </g>
      <path class="router-antenna" d="M432 52V14 M516 52V14" />
      <rect class="router-body" x="414" y="50" width="120" height="44" rx="9" />
      <circle class={`router-led ${radio === "joined" ? "on" : ""}`} cx="436" cy="72" r="4" />
      <circle class={`router-led ${unit.cable ? "on" : ""}`} cx="452" cy="72" r="4" />
      <rect class="router-port" x="505" y="82" width="26" height="12" rx="2" />
    </g>
  );
}

/** The board itself with its module; the button is drawn, and pressed, elsewhere. */
export function Chip({ unit }: { unit: UnitView }) {
  return (
    <g class="chip">
      <rect class="chip-shadow" x="170" y="154" width="306" height="136" rx="9" />
      <rect class="chip-board" x="166" y="148" width="306" height="136" rx="9" />
      {pins.map((x) => (
        <g key={x}>
          <circle class="pin" cx={x} cy="158" r="4" />
          <circle class="pin" cx={x} cy="274" r="4" />
        </g>
      ))}
      <rect class="port" x="158" y="198" width="30" height="32" rx="5" />
      <rect class="module" x="318" y="168" width="160" height="94" rx="3" />
      <rect class="module-can" x="324" y="174" width="104" height="82" rx="4" />
      <path class="module-edge" d="M328 178h96" />
      <text class="module-name" x="376" y="212">
        THIRTEEN
      </text>
      <text class="module-name small" x="376" y="228">
        {unit.engine === "xs" ? "XS ENGINE" : "NODE ENGINE"}
      </text>
      <path class="antenna" d="M436 250V180h9v58h9V180h9v58h9V180" />
      <circle class={`led power-led ${unit.powered ? "on" : ""}`} cx="268" cy="184" r="4" />
      <circle
        class={`led state-led ${unit.powered && unit.connected ? "on" : ""} ${unit.booting ? "busy" : ""}`}
        cx="286"
        cy="184"
        r="4"
      />
      <rect class="part" x="266" y="212" width="30" height="22" rx="2" />
      <path class="traces" d="M188 214h10 M242 232h24 M296 222h22 M281 212v-20 M268 246h40v-14" />
    </g>
  );
}
