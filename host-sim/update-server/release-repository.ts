/**
 * A repository in memory with releases in it, made by the release desk's own code and keys made on the
 * spot: for whoever needs something to download. (`repository.ts` is the other one: metadata that a
 * case can make say anything.)
 */
import {
  type BoardName,
  deltaPath,
  imagePath,
  type Release,
  roleOf,
  storedPath,
} from "../../provisioning/release/catalogue.ts";
import { makeDelta } from "../../provisioning/release/delta.ts";
import { sha256Hex, signFile, type TopLevelRole } from "../../provisioning/release/metadata.ts";
import {
  both,
  type OnlineSigners,
  type Periods,
  type RoleSigners,
  type Standing,
  signRepository,
  signRoot,
  usualPeriods,
} from "../../provisioning/release/repository.ts";
import { generateSigningKey, openSigner, type Signer } from "../../provisioning/release/signer.ts";

export interface Offer extends Partial<Omit<Release, "image" | "deltas">> {
  /** The whole slot image, header included. */
  readonly image: Uint8Array;
  /** Images to make deltas from. */
  readonly from?: readonly Uint8Array[];
}

type Files = Map<string, Uint8Array>;
type Json = { [name: string]: unknown };

export function newSigner(): Signer {
  return openSigner(generateSigningKey());
}

export class ReleaseRepository {
  /** What the web host gives: "metadata/…" and "targets/…". Change it as an attacker would. */
  readonly files: Files = new Map();
  readonly threshold = 2;
  rootKeys = [newSigner(), newSigner(), newSigner()];
  signers: OnlineSigners = {
    targets: { current: newSigner() },
    snapshot: { current: newSigner() },
    timestamp: { current: newSigner() },
  };
  periods: Periods = usualPeriods;
  /** The time of signing. */
  now: Date;
  readonly releases: Release[] = [];
  readonly #boards: BoardName[] = [];
  #standing: Standing = new Map();
  #rootVersion = 0;

  /** @param now the time of signing; the metadata expires `periods` later. */
  constructor({ now = new Date() }: { now?: Date } = {}) {
    this.now = now;
    this.#writeRoot(this.rootKeys);
    this.sign();
  }

  /** Root 1, which a firmware image is made with. */
  get firstRoot(): Uint8Array {
    return this.metadata("1.root.json");
  }

  metadata(name: string): Uint8Array {
    const bytes = this.files.get(`metadata/${name}`);
    if (!bytes) throw new Error(`no metadata ${name}`);
    return bytes;
  }

  /** The file that the newest metadata of `role` is in, e.g. "metadata/3.snapshot.json". */
  fileOf(role: string): string {
    if (role === "timestamp") return "metadata/timestamp.json";
    const version = role === "root" ? this.#rootVersion : this.#standing.get(role)?.version;
    return `metadata/${version}.${role}.json`;
  }

  /** Adds a release, signs, and gives the release. What is left out is a plain routine release for all. */
  offer({ image, from = [], ...facts }: Offer): Release {
    const counter = facts.counter ?? this.releases.length + 1;
    const deltas = from.map((base) => ({ base: sha256Hex(base), bytes: makeDelta(base, image) }));
    const release: Release = {
      product: "T13-LAMP-1",
      board: "desk",
      version: `1.0.${counter}`,
      counter,
      text: { why: "Mends a fault.", risk: "Without it the fault stays.", severity: "routine" },
      supportEnd: "2031-10-31",
      percent: 100,
      ...facts,
      image: factsOf(image),
      deltas: deltas.map(({ base, bytes }) => ({ base, ...factsOf(bytes) })),
    };
    this.#putTarget(imagePath(release), image);
    for (const { base, bytes } of deltas) this.#putTarget(deltaPath(release, base), bytes);
    this.releases.push(release);
    if (!this.#boards.some((board) => roleOf(board) === roleOf(release)))
      this.#boards.push(release);
    this.sign(release);
    return release;
  }

  /** The same release with other facts (a ring widened, a text mended), signed. */
  amend(release: Release, change: Partial<Release>): Release {
    const index = this.releases.indexOf(release);
    const next = { ...release, ...change };
    this.releases.splice(index, 1, next);
    this.sign(next);
    return next;
  }

  /** Signs the boards' releases anew, and in any case a timestamp. */
  sign(...boards: readonly BoardName[]): void {
    const { now, periods, signers, releases } = this;
    const { files, standing } = signRepository({
      now,
      periods,
      signers,
      releases,
      boards,
      allBoards: this.#boards,
      standing: this.#standing,
    });
    for (const [path, bytes] of files) this.files.set(path, bytes);
    this.#standing = standing;
  }

  /** A new key for the role, by a new root that old and new root keys have signed. */
  rotate(role: TopLevelRole): void {
    const before = this.rootKeys;
    if (role === "root") this.rootKeys = [newSigner(), ...before.slice(0, -1)];
    else {
      const signers: RoleSigners = { current: newSigner(), retiring: this.signers[role].current };
      this.signers = { ...this.signers, [role]: signers };
    }
    this.#writeRoot([...new Set([...before, ...this.rootKeys])]);
    this.sign(...this.#boards);
  }

  /** Puts the file of `role` as `change` has it, signed by `by` (the role's own keys unless given). */
  forge(
    role: string,
    change: (signed: Json) => void,
    by: readonly Signer[] = this.#signersOf(role),
  ): void {
    const file = this.fileOf(role);
    const { signed } = JSON.parse(Buffer.from(this.files.get(file)!).toString());
    change(signed);
    this.files.set(file, signFile(signed, by));
  }

  /** A copy of the files, as an attacker who stands between keeps one. */
  record(): Files {
    return new Map(this.files);
  }

  /** Returns how to come back to the repository as it is now. */
  remember(): () => void {
    const files = this.record();
    const { rootKeys, signers, now, releases } = this;
    const kept = [...releases];
    const boards = [...this.#boards];
    const standing = this.#standing;
    const rootVersion = this.#rootVersion;
    return () => {
      this.replace(files);
      Object.assign(this, { rootKeys, signers, now });
      releases.splice(0, releases.length, ...kept);
      this.#boards.splice(0, this.#boards.length, ...boards);
      this.#standing = standing;
      this.#rootVersion = rootVersion;
    };
  }

  /** The host gives these files from now on: a `record` of another day, or another host's. */
  replace(files: ReadonlyMap<string, Uint8Array>): void {
    const next = [...files];
    this.files.clear();
    for (const [path, bytes] of next) this.files.set(path, bytes);
  }

  #signersOf(role: string): readonly Signer[] {
    if (role === "root") return this.rootKeys;
    return both(this.signers[role === "snapshot" || role === "timestamp" ? role : "targets"]);
  }

  #writeRoot(signers: readonly Signer[]): void {
    const { targets, snapshot, timestamp } = this.signers;
    this.#rootVersion++;
    const bytes = signRoot({
      version: this.#rootVersion,
      now: this.now,
      days: this.periods.root,
      threshold: this.threshold,
      keys: {
        root: this.rootKeys,
        targets: [targets.current],
        snapshot: [snapshot.current],
        timestamp: [timestamp.current],
      },
      isSample: true,
      signers,
    });
    this.files.set(this.fileOf("root"), bytes);
  }

  #putTarget(path: string, bytes: Uint8Array): void {
    this.files.set(`targets/${storedPath(path, sha256Hex(bytes))}`, bytes);
  }
}

function factsOf(bytes: Uint8Array) {
  return { length: bytes.length, sha256: sha256Hex(bytes) };
}

/**
 * What a repository does to its units when it is not what it should be. `remember`
 * before, to try another after. Call with at least one release on offer.
 */
export const attacks = {
  /** Metadata that nobody renewed. */
  "expired timestamp": (repository) =>
    repository.forge("timestamp", (signed) => {
      // A new one: of the version it trusts a unit looks at nothing more.
      signed.version = Number(signed.version) + 1;
      signed.expires = "2020-01-01T00:00:00Z";
    }),
  "timestamp by a wrong key": (repository) =>
    repository.forge("timestamp", () => {}, [newSigner()]),
  /** A new root with one signature less than the threshold. */
  "root one signature short": (repository) => {
    repository.rotate("root");
    repository.forge("root", () => {}, repository.rootKeys.slice(0, repository.threshold - 1));
  },
  /** A targets file of one time beside a snapshot of another. */
  "mixed metadata": (repository) => {
    const [{ product, board }] = repository.releases as [Release];
    const role = roleOf({ product, board });
    const old = repository.files.get(repository.fileOf(role))!;
    repository.sign({ product, board });
    repository.files.set(repository.fileOf(role), old);
  },
  /** Unsigned bytes in place of the newest image. */
  "swapped image": (repository) => {
    const newest = repository.releases.at(-1)!;
    const path = `targets/${storedPath(imagePath(newest), newest.image.sha256)}`;
    repository.files.set(path, new Uint8Array(newest.image.length).fill(0x5a));
  },
  "truncated image": (repository) => {
    const newest = repository.releases.at(-1)!;
    const path = `targets/${storedPath(imagePath(newest), newest.image.sha256)}`;
    const whole = repository.files.get(path)!;
    repository.files.set(path, whole.subarray(0, whole.length >> 1));
  },
  "huge metadata": (repository) =>
    repository.forge("timestamp", (signed) => {
      signed.padding = "x".repeat(100_000);
    }),
} as const satisfies Readonly<Record<string, (repository: ReleaseRepository) => void>>;
