/** The board's partition table, which the build takes from `boards/partitions.csv`. */
import table from "../boards/partitions.csv";

export interface Partition {
  readonly name: string;
  /** Bytes from the start of the flash. */
  readonly offset: number;
  readonly size: number;
}

export function partitions(): Partition[] {
  return table.split("\n").flatMap((line) => {
    const [name = "", , , offset = "", size = ""] = line.split(",").map((field) => field.trim());
    return name === "" || name.charAt(0) === "#"
      ? []
      : [{ name, offset: Number(offset), size: Number(size) }];
  });
}
