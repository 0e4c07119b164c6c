/** V8's own block coverage of the device's files, as a fuzzer sees it: how much, and whether it grew. */
import { type Profiler, Session } from "node:inspector";

/** Part of a file's address → what is counted. */
const counted = /\/device\/(?!platform\/moddable)[^?]*\.ts/;

export interface FileCoverage {
  readonly file: string;
  readonly blocks: number;
  readonly reached: number;
}

export class Coverage {
  readonly #session = new Session();
  readonly #reached = new Set<string>();
  readonly #blocks = new Map<string, Set<string>>();

  constructor() {
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: false, detailed: true });
  }

  /** Looks again; true when something was reached for the first time. */
  grew(): boolean {
    const before = this.#reached.size;
    for (const { url, functions } of this.#take()) {
      const file = counted.exec(url)?.[0].slice(1);
      if (file === undefined) continue;
      const known = this.#blocks.get(file) ?? new Set<string>();
      this.#blocks.set(file, known);
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${startOffset}-${endOffset}`;
          known.add(block);
          if (count > 0) this.#reached.add(`${file} ${block}`);
        }
    }
    return this.#reached.size > before;
  }

  /** Of the files that anything of was reached. */
  files(): FileCoverage[] {
    return [...this.#blocks]
      .map(([file, blocks]) => ({
        file,
        blocks: blocks.size,
        reached: [...blocks].filter((block) => this.#reached.has(`${file} ${block}`)).length,
      }))
      .sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  close(): void {
    this.#session.disconnect();
  }

  #take(): Profiler.ScriptCoverage[] {
    const answer = this.#post(
      "Profiler.takePreciseCoverage",
    ) as Profiler.TakePreciseCoverageReturnType;
    return answer.result;
  }

  /** The inspector of one's own process answers before `post` returns. */
  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    this.#session.post(method, parameters, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  }
}
