import type { ActionResult, DeskAction, DeskEvent } from "../view.ts";

const retryMs = 1000;

/**
 * Follows the desk for as long as the page lives. `onLinked(false)` when the desk stops answering;
 * it is tried again every second, and a fresh snapshot comes first.
 */
export function followDesk(
  onEvent: (event: DeskEvent) => void,
  onLinked: (linked: boolean) => void,
): () => void {
  let source: EventSource | undefined;
  let timer: number | undefined;
  const open = () => {
    source = new EventSource("/events");
    source.onopen = () => onLinked(true);
    source.onmessage = (message) => onEvent(JSON.parse(message.data) as DeskEvent);
    source.onerror = () => {
      // The browser's own retry gives up after some errors, so we always do it ourselves.
      source?.close();
      onLinked(false);
      timer = window.setTimeout(open, retryMs);
    };
  };
  open();
  return () => {
    source?.close();
    window.clearTimeout(timer);
  };
}

let last: Promise<unknown> = Promise.resolve();

async function post(action: DeskAction): Promise<ActionResult> {
  try {
    const response = await fetch("/act", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(action),
      // A button let go by leaving the page is let go.
      keepalive: true,
    });
    return (await response.json()) as ActionResult;
  } catch {
    return { ok: false, message: "The desk does not answer. Start it again with npm start." };
  }
}

/** Sends one action after the other, so that a release never overtakes its press. */
export function sendAction(action: DeskAction): Promise<ActionResult> {
  const result = last.then(() => post(action));
  last = result;
  return result;
}
