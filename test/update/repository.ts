/** A TUF repository in memory, honest unless a case makes it lie: edit `signed`, then `publish`. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { JsonObject } from "../../device/commands/strict-json.ts";
import { toHex } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { percentEncode } from "../../device/update/metadata/refresh.ts";
import { canonical, type MakeSigner, type Signer, toySigner } from "./signers.ts";

export const now = 1_800_000_000;
export const day = 86_400;

export const date = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

export type TopLevel = "root" | "timestamp" | "snapshot" | "targets";

export interface RoleKeys {
  threshold: number;
  signers: Signer[];
}

export interface DelegationDraft {
  name: string;
  signers?: Signer[];
  threshold?: number;
  paths?: string[];
  path_hash_prefixes?: string[];
  terminating?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: cases write what no type would let them
type Draft = Record<string, any>;

/** A file with signatures over `signed`, in the order of `signers`. */
export function signFile(signed: Draft, signers: readonly Signer[]): Uint8Array {
  const message = canonical(signed);
  const signatures = signers.map((one) => ({ keyid: one.id, sig: toHex(one.sign(message)) }));
  return encodeText(JSON.stringify({ signatures, signed }));
}

export class Repository {
  /** What a web server would give, by name. */
  readonly files = new Map<string, Uint8Array>();
  readonly keys: Record<TopLevel, RoleKeys>;
  /** Who signs in place of the role's keys. */
  readonly signing: Record<string, readonly Signer[]> = Object.create(null);
  readonly signed: Record<string, Draft> = Object.create(null);
  /** Whether snapshot and timestamp give lengths and hashes, or versions alone. */
  describes = true;
  readonly signer: MakeSigner;
  private readonly delegated: Record<string, readonly Signer[]> = Object.create(null);
  private nextKey = 100;

  /**
   * Root 2 of 3 (keys 0 to 2); targets, snapshot and timestamp one key each (3 to 5).
   * @param signedAt seconds since 1970; everything is good for 30 days.
   */
  constructor(signer: MakeSigner = toySigner, signedAt = now) {
    this.signer = signer;
    this.keys = {
      root: { threshold: 2, signers: [signer(0), signer(1), signer(2)] },
      targets: { threshold: 1, signers: [signer(3)] },
      snapshot: { threshold: 1, signers: [signer(4)] },
      timestamp: { threshold: 1, signers: [signer(5)] },
    };
    const common = { spec_version: "1.0.34", version: 1, expires: date(signedAt + 30 * day) };
    this.signed.root = { _type: "root", ...common, consistent_snapshot: true };
    this.signed.targets = { _type: "targets", ...common, targets: {} };
    this.signed.snapshot = { _type: "snapshot", ...common, meta: {} };
    this.signed.timestamp = { _type: "timestamp", ...common, meta: {} };
    this.publish("root", "targets", "snapshot", "timestamp");
  }

  /** The root a device is made with. */
  get firstRoot(): Uint8Array {
    return this.files.get("1.root.json") as Uint8Array;
  }

  /** A target's entry; its bytes are nobody's business here. */
  addTarget(path: string, content: string, role = "targets", custom?: JsonObject): void {
    const bytes = encodeText(content);
    this.draft(role).targets[path] = {
      length: bytes.length,
      hashes: { sha256: toHex(sha256(bytes)) },
      ...(custom && { custom }),
    };
  }

  delegate(from: string, draft: DelegationDraft): void {
    const { name, signers = [this.signer(this.nextKey++)], threshold = 1 } = draft;
    const delegator = this.draft(from);
    delegator.delegations ??= { keys: {}, roles: [] };
    for (const one of signers) delegator.delegations.keys[one.id] = one.key;
    const { signers: _, ...rest } = draft;
    delegator.delegations.roles.push({
      ...(rest.path_hash_prefixes ? {} : { paths: ["*"] }),
      terminating: false,
      ...rest,
      threshold,
      keyids: signers.map(({ id }) => id),
    });
    this.delegated[name] = [...(this.delegated[name] ?? []), ...signers];
    const { _type, spec_version, expires } = this.draft("targets");
    this.signed[name] ??= { _type, spec_version, expires, version: 1, targets: {} };
  }

  /** Writes each role's next version. After it, only what depends on it is out of date. */
  publish(...roles: string[]): this {
    for (const role of roles) {
      const draft = this.draft(role);
      if (this.files.has(this.name(role, draft.version))) draft.version++;
      this.write(role);
    }
    return this;
  }

  /** All that a new targets file makes necessary. */
  release(...roles: string[]): this {
    return this.publish(...roles, "targets", "snapshot", "timestamp");
  }

  /** As `publish`, with the version as it stands. */
  write(role: string): void {
    const draft = this.draft(role);
    if (role === "root") this.writeKeys(draft);
    const file = signFile(draft, this.signing[role] ?? this.signersOf(role));
    this.files.set(this.name(role, draft.version), file);
    if (role !== "root" && role !== "timestamp") this.list(role, draft.version, file);
  }

  /** All keys of a role are replaced. */
  rotate(role: TopLevel): void {
    this.keys[role].signers = this.keys[role].signers.map(() => this.signer(this.nextKey++));
  }

  /** What the file says, for a case to write something else over it. */
  parsed(file: string): Draft {
    return JSON.parse(String.fromCharCode(...(this.files.get(file) as Uint8Array)));
  }

  private draft(role: string): Draft {
    return this.signed[role] as Draft;
  }

  private signersOf(role: string): readonly Signer[] {
    return this.delegated[role] ?? this.keys[role as TopLevel].signers;
  }

  private name(role: string, version: number): string {
    const versioned = role === "root" || this.signed.root?.consistent_snapshot;
    return role === "timestamp" || !versioned
      ? `${percentEncode(role)}.json`
      : `${version}.${percentEncode(role)}.json`;
  }

  private writeKeys(root: Draft): void {
    root.keys = {};
    root.roles = {};
    for (const [role, { threshold, signers }] of Object.entries(this.keys)) {
      for (const one of signers) root.keys[one.id] = one.key;
      root.roles[role] = { threshold, keyids: signers.map(({ id }) => id) };
    }
  }

  private list(role: string, version: number, file: Uint8Array): void {
    const list = this.draft(role === "snapshot" ? "timestamp" : "snapshot");
    list.meta[`${role}.json`] = {
      version,
      ...(this.describes && { length: file.length, hashes: { sha256: toHex(sha256(file)) } }),
    };
  }
}
