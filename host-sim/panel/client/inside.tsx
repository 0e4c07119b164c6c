import type { DeskView, HeapView } from "../view.ts";
import { FlashStrip } from "./flash-strip.tsx";
import { operationInWords, sizeInWords, timeOfDay } from "./words.ts";

const engines = { node: "Node", xs: "XS" } as const;

function Heap({ heap, engine }: { heap: HeapView | null; engine: "node" | "xs" }) {
  if (!heap)
    return (
      <p class="hint">
        The {engines[engine]} engine has no memory limit to show. Start the desk with{" "}
        <code>--engine xs</code> to see the heap an ESP32 would have.
      </p>
    );
  const used = heap.slots + heap.chunks;
  return (
    <div class="heap">
      <p>
        {engines[engine]} engine: {sizeInWords(used)} of {sizeInWords(heap.limit)} heap in use
        <span class="hint">
          {" "}
          (slots {sizeInWords(heap.slots)}, chunks {sizeInWords(heap.chunks)})
        </span>
      </p>
      <svg viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
        <rect class="heap-limit" width="100" height="3" />
        <rect class="heap-slots" width={(100 * heap.slots) / heap.limit} height="3" />
        <rect
          class="heap-chunks"
          x={(100 * heap.slots) / heap.limit}
          width={(100 * heap.chunks) / heap.limit}
          height="3"
        />
      </svg>
    </div>
  );
}

/** The parts no one sees on a real device: flash as it is written, and the engine's heap. */
export function Inside({
  flash,
  heap,
  engine,
}: {
  flash: DeskView["flash"];
  heap: HeapView | null;
  engine: "node" | "xs";
}) {
  const recent = flash.operations.slice(-4).reverse();
  return (
    <section class="sheet inside" aria-labelledby="inside-title">
      <header>
        <h2 id="inside-title">Inside</h2>
      </header>
      <h3>Flash, {sizeInWords(flash.size)}</h3>
      <FlashStrip flash={flash} />
      <ul class="operations">
        {recent.map((operation, index) => (
          <li key={flash.operations.length - index} class={operation.cut ? "cut" : undefined}>
            <time>{timeOfDay(operation.atMs)}</time> {operationInWords(operation, flash.partitions)}
          </li>
        ))}
      </ul>
      <h3>Heap</h3>
      <Heap heap={heap} engine={engine} />
    </section>
  );
}
