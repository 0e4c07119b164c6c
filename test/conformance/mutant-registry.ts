/** All mutants of `mutants/`, by area (the file's name). */
import { readdirSync } from "node:fs";
import type { Mutant } from "./mutant.ts";

export interface NamedMutant extends Mutant {
  /** The file in `mutants/`, without its ending. */
  readonly area: string;
}

export async function allMutants(): Promise<NamedMutant[]> {
  const folder = new URL("./mutants/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  const areas = await Promise.all(
    files.sort().map(async (name) => {
      const module = (await import(new URL(name, folder).href)) as Record<string, unknown>;
      const lists = Object.values(module).filter(Array.isArray) as Mutant[][];
      return lists.flat().map((mutant) => ({ ...mutant, area: name.slice(0, -".ts".length) }));
    }),
  );
  return areas.flat();
}

/** The file with its guard taken out. */
export function mutate(source: string, { guard, broken }: Mutant): string {
  return source.replace(guard, () => broken);
}

/** Why a mutant cannot be tried on this source; undefined when it can. */
export function inapplicable(source: string, { file, guard, broken }: Mutant): string | undefined {
  const times = source.split(guard).length - 1;
  if (times !== 1) return `${file} holds the guard ${times} times, not once: ${guard}`;
  return guard === broken ? "the broken text is the guard itself" : undefined;
}
