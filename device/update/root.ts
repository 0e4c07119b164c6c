/**
 * The first trusted root (TUF 5.2): the text of `1.root.json`, put here by the build of a firmware
 * that is to update itself.
 */
export const firstRoot = "";
