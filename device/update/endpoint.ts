/** Where releases come from. A fork puts its own hosts here. */

/** One static host with the whole repository, as docs/update-format.md has it. */
export interface Mirror {
  /** DNS name; the name its certificate must carry, under the unit's own anchors. */
  readonly host: string;
  readonly port: number;
  /** Where the repository begins: "/" at both ends. */
  readonly path: string;
}

/** In order of preference; the next is asked when one fails or lies. */
export const mirrors: readonly Mirror[] = [
  { host: "updates.thirteen.test", port: 8443, path: "/" },
];
