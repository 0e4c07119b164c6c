/** What the operator sees while the line runs: a bar, the rate, the time that is left. Nothing secret. */

export interface Progress {
  /** So many more are done. */
  advance(count: number): void;
  close(): void;
}

export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const quiet: Progress = { advance() {}, close() {} };

/** On a terminal; quiet elsewhere, so that a log has one line of result and no hundred of progress. */
export function showProgress(
  screen: Screen,
  total: number,
  now = () => performance.now(),
): Progress {
  if (!screen.isTTY || total === 0) return quiet;
  const started = now();
  let done = 0;
  const draw = () =>
    screen.write(`\r${progressLine(done, total, (now() - started) / 1000)}\u001b[K`);
  draw();
  return {
    advance(count) {
      done += count;
      draw();
    },
    close() {
      screen.write("\n");
    },
  };
}

/** `seconds`: since the start. */
export function progressLine(done: number, total: number, seconds: number): string {
  const width = 24;
  const full = Math.min(width, Math.floor((done / total) * width));
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? duration((total - done) / rate) : "…";
  return `[${"█".repeat(full)}${"·".repeat(width - full)}] ${done} of ${total}, ${rate.toFixed(1)} units/s, ${left} left`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
