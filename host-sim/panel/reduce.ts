import { guidelines } from "./guidelines.ts";
import type { DeskEvent, DeskView, Light } from "./view.ts";

/** How many items of each list a view keeps; older ones fall off. */
export const kept = { timeline: 300, reports: 120, wire: 120, operations: 400 } as const;

/** Thirteen grey lights: nothing lights by decree. */
export function greyLights(): Light[] {
  return guidelines.map(({ guideline, title }) => ({ guideline, title, state: "grey" }));
}

/** Newest first; an item already there (a reconnect can repeat one) is not added again. */
function prepend<Item extends { id: number }>(
  items: readonly Item[],
  item: Item,
  limit: number,
): readonly Item[] {
  if (items.some((other) => other.id === item.id)) return items;
  return [item, ...items].slice(0, limit);
}

/** The view after an event. Pure: neither argument is changed. */
export function applyEvent(view: DeskView, event: DeskEvent): DeskView {
  switch (event.type) {
    case "view":
      return event.view;
    case "set":
      return { ...view, ...event.parts };
    case "light": {
      const { light } = event;
      const lights = view.lights.map((old) => (old.guideline === light.guideline ? light : old));
      return { ...view, lights };
    }
    case "attack": {
      const { attack } = event;
      const attacks = view.attacks.map((old) => (old.name === attack.name ? attack : old));
      return { ...view, attacks };
    }
    case "timeline":
      return { ...view, timeline: prepend(view.timeline, event.entry, kept.timeline) };
    case "timeline-cleared":
      return { ...view, timeline: [] };
    case "report":
      return { ...view, reports: [event.report, ...view.reports].slice(0, kept.reports) };
    case "wire":
      return { ...view, wire: prepend(view.wire, event.entry, kept.wire) };
    case "flash": {
      const operations = [...view.flash.operations, event.operation].slice(-kept.operations);
      return { ...view, flash: { ...view.flash, operations } };
    }
  }
}
