/**
 * From releases and keys to the files of a repository; no folder, no clock, no passphrase. The release
 * desk and the tests' repositories are both made here.
 */
import type { JsonObject } from "../../device/commands/strict-json.ts";
import {
  type BoardName,
  catalogue,
  indexPath,
  pathsOf,
  type Release,
  roleOf,
  storedPath,
} from "./catalogue.ts";
import {
  type Common,
  type NamedFile,
  type OnlineRole,
  rootContent,
  sha256Hex,
  signFile,
  snapshotContent,
  type TopLevelRole,
  targetsContent,
  timestampContent,
} from "./metadata.ts";
import type { PublicKey, Signer } from "./signer.ts";

/** Days from signing until a role's word expires. */
export type Periods = Readonly<Record<TopLevelRole, number>>;

export const usualPeriods: Periods = { root: 365, targets: 180, snapshot: 60, timestamp: 14 };

/**
 * Who signs for a role: its key, and while a root that replaces it is not yet published, the key
 * before it too. So whichever of the two roots a unit has, it can go on.
 */
export interface RoleSigners {
  readonly current: Signer;
  readonly retiring?: Signer;
}

export type OnlineSigners = Readonly<Record<OnlineRole, RoleSigners>>;

/** The metadata that stands: role → its newest file. Timestamp and snapshot under these names. */
export type Standing = ReadonlyMap<string, NamedFile>;

export interface SigningPlan {
  readonly now: Date;
  readonly periods: Periods;
  readonly signers: OnlineSigners;
  readonly standing: Standing;
  /** Boards whose releases are to be signed anew. */
  readonly boards: readonly BoardName[];
  /** Roles to sign anew although nothing in them changed: a new key, or an expiry that comes near. */
  readonly anew?: ReadonlySet<"targets" | "snapshot">;
  /** All boards that there ever were: a role that is gone looks like an attack to a unit. */
  readonly allBoards: readonly BoardName[];
  readonly releases: readonly Release[];
}

/** Path in the repository → content, in an order in which they may be put there: timestamp last. */
export type Files = Map<string, Uint8Array>;

export interface SignedRepository {
  readonly files: Files;
  readonly standing: Standing;
}

/** The next versions of what has changed, and always a timestamp. */
export function signRepository(plan: SigningPlan): SignedRepository {
  const signing = new Signing(plan);
  for (const board of plan.boards) signing.board(board);
  if (signing.isChanged || plan.anew?.has("targets") || !plan.standing.has("targets"))
    signing.targets();
  if (signing.isChanged || plan.anew?.has("snapshot")) signing.snapshot();
  signing.timestamp();
  return signing;
}

class Signing implements SignedRepository {
  readonly files: Files = new Map();
  readonly standing: Map<string, NamedFile>;
  readonly #plan: SigningPlan;

  constructor(plan: SigningPlan) {
    this.#plan = plan;
    this.standing = new Map(plan.standing);
  }

  get isChanged(): boolean {
    return this.files.size > 0;
  }

  board(board: BoardName): void {
    const name = roleOf(board);
    const own = this.#plan.releases.filter((release) => roleOf(release) === name);
    const { targets, index } = catalogue(board, own);
    this.files.set(`targets/${storedPath(indexPath(board), sha256Hex(index))}`, index);
    this.#write("targets", name, (common) => targetsContent(common, targets));
  }

  targets(): void {
    const keys = [this.#plan.signers.targets.current];
    const delegations = this.#plan.allBoards.map((board) => ({
      name: roleOf(board),
      paths: [pathsOf(board)],
      keys,
    }));
    this.#write("targets", "targets", (common) => targetsContent(common, new Map(), delegations));
  }

  snapshot(): void {
    const roles = new Map(this.standing);
    roles.delete("snapshot");
    roles.delete("timestamp");
    this.#write("snapshot", "snapshot", (common) => snapshotContent(common, roles));
  }

  timestamp(): void {
    const snapshot = this.standing.get("snapshot")!;
    this.#write("timestamp", "timestamp", (common) => timestampContent(common, snapshot));
  }

  #write(role: OnlineRole, name: string, content: (common: Common) => JsonObject): void {
    const { now, periods, signers } = this.#plan;
    const version = (this.standing.get(name)?.version ?? 0) + 1;
    const common = { version, expires: daysFrom(now, periods[role]) };
    const bytes = signFile(content(common), both(signers[role]));
    const file = role === "timestamp" ? "timestamp.json" : `${version}.${name}.json`;
    this.files.set(`metadata/${file}`, bytes);
    this.standing.set(name, { version, bytes });
  }
}

export function both({ current, retiring }: RoleSigners): Signer[] {
  return retiring ? [current, retiring] : [current];
}

export interface RootPlan {
  readonly version: number;
  readonly now: Date;
  readonly days: number;
  readonly threshold: number;
  readonly keys: Readonly<Record<TopLevelRole, readonly PublicKey[]>>;
  readonly isSample: boolean;
  /** Enough of the keys of this root and of the one before it. */
  readonly signers: readonly Signer[];
}

export function signRoot({ version, now, days, threshold, keys, isSample, signers }: RootPlan) {
  const content = rootContent(
    { version, expires: daysFrom(now, days) },
    {
      root: { threshold, keys: keys.root },
      targets: { threshold: 1, keys: keys.targets },
      snapshot: { threshold: 1, keys: keys.snapshot },
      timestamp: { threshold: 1, keys: keys.timestamp },
    },
    isSample,
  );
  return signFile(content, signers);
}

function daysFrom(now: Date, days: number): Date {
  return new Date(now.getTime() + days * 24 * 3600 * 1000);
}
