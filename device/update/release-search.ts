/**
 * One look at a repository: fresh metadata, the index of what is on offer, and of that the newest
 * release that is for this unit. Nothing is fetched that no signature has announced.
 */
import { type Repository, readIndex } from "./download.ts";
import { deviceLimits } from "./metadata/limits.ts";
import { beginRefresh, lookFor, type Outcome, type Refresh } from "./metadata/refresh.ts";
import type { VerifiedTarget } from "./metadata/targets.ts";
import type { TrustedState } from "./metadata/trusted-state.ts";
import { judgeRelease, type Release, readRelease, type UnitFacts } from "./policy.ts";

/** Where the search for a target can go on, and what it has come to. */
interface Standing {
  readonly state: TrustedState;
  /** Of the newest release for this product and board, whether it is taken or not. */
  readonly supportEnd?: string;
}

export type Found = Standing &
  (
    | { readonly result: "unchanged" }
    /** `refused`: it is not what it should be, and the owner is told. */
    | { readonly result: "nothing"; readonly reason: string; readonly refused: boolean }
    /** Nothing was learnt; another host may know more. */
    | { readonly result: "failed"; readonly reason: string; readonly refused: boolean }
    | {
        readonly result: "release";
        readonly release: Release;
        readonly target: VerifiedTarget;
        /** Paths of deltas to it. */
        readonly deltas: readonly string[];
        readonly refresh: Refresh;
      }
  );

export interface SearchOptions {
  readonly repository: Repository;
  readonly state: TrustedState;
  readonly unit: UnitFacts;
  /** Seconds since 1970. */
  readonly now: number;
  readonly handledTimestamp: number | undefined;
  readonly onDone: (found: Found) => void;
}

/** Faults of the way there, which say nothing about what is there. */
const troubles = ["not-reached", "closed", "silent", "absent", "server-error", "bad-status"];

export class ReleaseSearch {
  private readonly options: SearchOptions;
  private readonly folder: string;
  private paths: readonly string[] = [];
  private refusal = "current";
  private supportEnd: string | undefined;

  constructor(options: SearchOptions) {
    this.options = options;
    this.folder = `${options.unit.product}/${options.unit.board}/`;
  }

  start(): void {
    const { state, now, handledTimestamp, repository } = this.options;
    const refresh = beginRefresh(state, {
      now,
      limits: deviceLimits,
      target: `${this.folder}current.json`,
      ...(handledTimestamp === undefined ? {} : { handledTimestamp }),
    });
    repository.run(refresh, (done) => this.refreshed(done));
  }

  private refreshed(refresh: Refresh): void {
    const outcome = outcomeOf(refresh);
    const { state } = refresh;
    if ("unchanged" in outcome) {
      this.options.onDone({ result: "unchanged", state });
      return;
    }
    if (!("found" in outcome)) {
      this.fail(refresh, outcome);
      return;
    }
    this.options.repository.small(outcome.found, (bytes) => {
      const index = typeof bytes === "string" ? bytes : readIndex(bytes, this.folder);
      if (index === undefined || typeof index === "string")
        return this.failWith(refresh, "index", index ?? "not-an-index");
      this.paths = index;
      this.consider(
        refresh,
        index.filter((path) => path.endsWith(".bin")),
      );
    });
  }

  /** The images on offer, newest first. */
  private consider(refresh: Refresh, [path, ...others]: readonly string[]): void {
    const { repository, onDone } = this.options;
    const { state } = refresh;
    const next = path === undefined ? undefined : lookFor(refresh, path);
    if (path === undefined || !next) {
      const reason = this.refusal;
      const quiet = reason === "current" || reason === "ring" || reason === "given-up-before";
      onDone({ result: "nothing", reason, refused: !quiet, ...this.standing(state) });
      return;
    }
    repository.run(next, (done) => {
      const outcome = outcomeOf(done);
      if (!("found" in outcome)) return this.fail(done, outcome);
      const release = this.judge(outcome.found);
      if (!release) return this.consider(done, others);
      const prefix = `${path.slice(0, -".bin".length)}-from-`;
      onDone({
        result: "release",
        release,
        target: outcome.found,
        deltas: this.paths.filter((one) => one.startsWith(prefix) && one.endsWith(".delta")),
        refresh: done,
        ...this.standing(done.state),
      });
    });
  }

  /** The release, if it is for this unit. The first reason why not is the one that is kept. */
  private judge(target: VerifiedTarget): Release | undefined {
    const release = readRelease(target);
    if (typeof release !== "string") {
      const decision = judgeRelease(release, this.options.unit);
      const { product, board } = this.options.unit;
      if (release.product === product && release.board === board)
        this.supportEnd ??= release.supportEnd;
      if (decision.do === "install") return release;
      if (this.refusal === "current") this.refusal = decision.reason;
    } else if (this.refusal === "current") this.refusal = release;
    return undefined;
  }

  private standing(state: TrustedState): Standing {
    const { supportEnd } = this;
    return { state, ...(supportEnd === undefined ? {} : { supportEnd }) };
  }

  private fail(refresh: Refresh, outcome: Outcome): void {
    if (!("refused" in outcome)) {
      this.failWith(refresh, "targets", "no-such-target");
      return;
    }
    const { refused, role } = outcome;
    const fault = refused === "unavailable" ? this.options.repository.fault : undefined;
    this.failWith(refresh, role, fault ?? refused);
  }

  private failWith({ state }: Refresh, what: string, reason: string): void {
    const refused = !troubles.includes(reason);
    this.options.onDone({ result: "failed", reason: `${what}: ${reason}`, refused, state });
  }
}

function outcomeOf({ ask }: Refresh): Outcome {
  return ask.ask === "nothing" ? ask.outcome : { refused: "unavailable", role: "" };
}
