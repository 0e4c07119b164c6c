/**
 * A mutant: one guard taken out on purpose, and the test that must notice (the negative control of a
 * provision). Mutants are data, by area in `mutants/`; nothing of them is part of a build.
 */
export interface Mutant {
  /** Says what the broken guard lets happen, e.g. "accepts-a-wrong-server-name". Unique. */
  readonly id: string;
  /** Provisions of EN 303 645 (V2.1.1 numbering) whose guard this is, e.g. "5.5-1". */
  readonly provisions: readonly string[];
  /** From the project's root, with "/". */
  readonly file: string;
  /** Text that `file` holds exactly once: the guard. */
  readonly guard: string;
  /** What stands there instead. */
  readonly broken: string;
  /** The test that goes red: its file and its title (or the start of it). */
  readonly killedBy: { readonly file: string; readonly title: string };
}
