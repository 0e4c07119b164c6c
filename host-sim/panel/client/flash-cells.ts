import type { FlashOperation, FlashView, Partition } from "../view.ts";

const blockBytes = 4096;
const maximumCells = 62;

export interface Cell {
  /** Bytes from the start of the flash. */
  offset: number;
  size: number;
  /** Index of the newest operation that touched the cell, or -1. */
  touched: number;
  kind: FlashOperation["kind"] | undefined;
  /** The power was cut at one of the operations on this cell. */
  cut: boolean;
}

export interface PartitionCells extends Partition {
  cells: readonly Cell[];
}

/** One cell a block; in large partitions so many blocks a cell that there are not too many to draw. */
function cellSize(partition: Partition): number {
  const blocks = Math.ceil(partition.size / blockBytes);
  return blockBytes * Math.ceil(blocks / maximumCells);
}

/** Which cells of which partition the recent operations touched. */
export function flashCells(flash: FlashView): PartitionCells[] {
  return flash.partitions.map((partition) => {
    const size = cellSize(partition);
    const cells: Cell[] = [];
    for (let offset = partition.offset; offset < partition.offset + partition.size; offset += size)
      cells.push({ offset, size, touched: -1, kind: undefined, cut: false });
    flash.operations.forEach((operation, index) => {
      const end = operation.offset + Math.max(operation.length, 1);
      for (const cell of cells) {
        if (end <= cell.offset || operation.offset >= cell.offset + size) continue;
        cell.touched = index;
        cell.kind = operation.kind;
        cell.cut ||= operation.cut !== undefined;
      }
    });
    return { ...partition, cells };
  });
}
