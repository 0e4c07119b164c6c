/**
 * What a repository may cost the client before anything of it is believed (5.3.3, 5.4.1, 5.5.1,
 * 5.6.1 and 5.6.7.1 leave the numbers to the application). A file is judged by its length first and
 * parsed only then.
 */
export interface Limits {
  readonly rootBytes: number;
  readonly timestampBytes: number;
  readonly snapshotBytes: number;
  /** Of each targets file, top-level or delegated. */
  readonly targetsBytes: number;
  /** New roots taken in one refresh; the rest wait for the next. */
  readonly rootRotations: number;
  /** Targets roles visited, and waiting to be, in one search. */
  readonly delegations: number;
  /** The trusted state as it is stored: one value of the system area, so that it changes as one. */
  readonly stateBytes: number;
}

/**
 * One file is in memory at a time. Measured on XS (`npm run bench -- --only metadata`): a targets file
 * at its limit adds 28 KB of heap to what one noble signature check takes, on slots twice a chip's.
 */
export const deviceLimits: Limits = {
  rootBytes: 8192,
  timestampBytes: 2048,
  snapshotBytes: 4096,
  targetsBytes: 8192,
  rootRotations: 32,
  delegations: 32,
  stateBytes: 3000,
};
