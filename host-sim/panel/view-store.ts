import { applyEvent } from "./reduce.ts";
import type { DeskEvent, DeskView } from "./view.ts";

export interface ViewStore {
  view(): DeskView;
  /** Folds the event into the view, then tells every subscriber. */
  emit(event: DeskEvent): void;
  subscribe(listener: (event: DeskEvent) => void): () => void;
}

/**
 * Keeps a desk's view by the same fold that the page uses, so that both always agree: a desk emits
 * events and has `view` and `subscribe` of `Desk` for nothing.
 */
export function openViewStore(initial: DeskView): ViewStore {
  let current = initial;
  const listeners = new Set<(event: DeskEvent) => void>();
  return {
    view: () => current,
    emit(event) {
      current = applyEvent(current, event);
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
