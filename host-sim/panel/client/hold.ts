import { useEffect, useRef, useState } from "preact/hooks";
import { useAct } from "./desk-context.ts";

/** Few fingers are quicker; what is much shorter the device takes for the bounce of a contact. */
const shortestPressMs = 150;

const pause = (ms: number) => new Promise<void>((resolve) => window.setTimeout(resolve, ms));

/**
 * Press and hold of the board's button by pointer, space bar or Enter. Whatever ends the hold
 * (release outside, lost focus, hidden page) lets the button go: it can never stay stuck.
 */
export function useHold() {
  const act = useAct();
  const held = useRef(false);
  /** Settles when the button has been down at the desk for long enough to be let go. */
  const down = useRef(Promise.resolve());
  const [heldMs, setHeldMs] = useState(0);

  const press = () => {
    if (held.current) return;
    held.current = true;
    setHeldMs(1);
    down.current = act({ type: "press" }).then(() => pause(shortestPressMs));
  };
  const release = () => {
    if (!held.current) return;
    held.current = false;
    setHeldMs(0);
    void down.current.then(() => act({ type: "release" }));
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
