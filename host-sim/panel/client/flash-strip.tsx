import type { FlashView } from "../view.ts";
import { type Cell, flashCells } from "./flash-cells.ts";
import { sizeInWords } from "./words.ts";

function cellClass(cell: Cell): string {
  return `cell ${cell.kind ?? ""} ${cell.cut ? "cut" : ""}`;
}

/** Partitions side by side, a square a block. A square that is touched again flashes again. */
export function FlashStrip({ flash }: { flash: FlashView }) {
  return (
    <>
      <ul class="strip">
        {flashCells(flash).map(({ name, size, cells }) => (
          <li key={name} class={cells.length > 20 ? "large" : undefined}>
            <span class="strip-name">{name}</span>
            <span class="strip-cells" aria-hidden="true">
              {cells.map((cell) => (
                // A new key is a new square, which starts its flash from the beginning.
                <i
                  key={`${cell.offset}:${flash.operations[cell.touched]?.atMs ?? ""}`}
                  class={cellClass(cell)}
                />
              ))}
            </span>
            <span class="strip-size">{sizeInWords(size)}</span>
          </li>
        ))}
      </ul>
      <p class="legend" aria-hidden="true">
        <i class="cell write" /> written <i class="cell erase" /> erased <i class="cell cut" />{" "}
        power cut here
      </p>
    </>
  );
}
