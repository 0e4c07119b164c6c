import { useEffect, useRef, useState } from "preact/hooks";
import { useAct } from "./desk-context.ts";

/** No finger is quicker; what is shorter the device takes for the bounce of a contact. */
const shortestPressMs = 80;

/**
 * Press and hold of the board's button by pointer, space bar or Enter. Whatever ends the hold
 * (release outside, lost focus, hidden page) lets the button go: it can never stay stuck.
 */
export function useHold() {
  const act = useAct();
  const held = useRef(false);
  const pressedAt = useRef(0);
  const [heldMs, setHeldMs] = useState(0);

  const press = () => {
    if (held.current) return;
    held.current = true;
    pressedAt.current = Date.now();
    setHeldMs(1);
    void act({ type: "press" });
  };
  const release = () => {
    if (!held.current) return;
    held.current = false;
    setHeldMs(0);
    const letGo = () => void act({ type: "release" });
    const early = shortestPressMs - (Date.now() - pressedAt.current);
    if (early > 0) window.setTimeout(letGo, early);
    else letGo();
  };

  const holding = heldMs > 0;
  useEffect(() => {
    if (!holding) return;
    const since = Date.now();
    const timer = window.setInterval(() => setHeldMs(Date.now() - since || 1), 100);
    const onHidden = () => document.hidden && release();
    document.addEventListener("visibilitychange", onHidden);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", onHidden);
    };
  }, [holding]);

  const isKey = (event: KeyboardEvent) => event.key === " " || event.key === "Enter";
  return {
    holding,
    heldMs,
    pointer: {
      onPointerDown: (event: PointerEvent) => {
        if (event.button !== 0) return;
        (event.currentTarget as Element).setPointerCapture(event.pointerId);
        press();
      },
      onPointerUp: release,
      onPointerCancel: release,
      onLostPointerCapture: release,
      onContextMenu: (event: Event) => event.preventDefault(),
    },
    keyboard: {
      onKeyDown: (event: KeyboardEvent) => {
        if (!isKey(event)) return;
        event.preventDefault();
        if (!event.repeat) press();
      },
      onKeyUp: (event: KeyboardEvent) => {
        if (!isKey(event)) return;
        event.preventDefault();
        release();
      },
      onBlur: release,
      // A screen reader's press has neither pointer nor key.
      onClick: (event: MouseEvent) => {
        if (event.detail > 0 || held.current) return;
        press();
        release();
      },
    },
  };
}
