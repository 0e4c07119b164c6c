/**
 * Our verifier and an independent one: what tuf-js's own models sign, ours believes; and put before
 * the same attacks, real Ed25519 and P-256 signatures on them, both say the same.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  Key,
  Metadata,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from "@tufjs/models";
import test from "ava";
import { toHex } from "../../device/platform/encoding.ts";
import { nobleCryptography } from "../../device/update/metadata/noble-check.ts";
import { crypto } from "../crypto.ts";
import { Client, type Files, inWords, targetOf } from "./client.ts";
import { date, day, Repository, type TopLevel } from "./repository.ts";
import {
  alias,
  canonical,
  ed25519Signer,
  type MakeSigner,
  p256Signer,
  type Signer,
} from "./signers.ts";
import { TufJs } from "./tuf-js.ts";

const now = Math.floor(Date.now() / 1000);
const install = (root: Uint8Array) =>
  new Client(root, { now, cryptography: nobleCryptography(crypto) });

interface Attack {
  readonly name: string;
  /** From the honest repository: what is served, or one after the other, honest but for the last. */
  readonly make: (repository: Repository) => Files | readonly Files[];
  /** Both clients have refreshed against the honest repository before. */
  readonly after?: boolean;
  /** Where ours is stricter, and why; absent: both agree. */
  readonly onlyOurs?: string;
  readonly verdict: string;
}

const stranger = (repository: Repository): Signer => repository.signer(99);

function signedBy(role: TopLevel, who: (repository: Repository) => readonly Signer[]) {
  return (repository: Repository) => {
    repository.signing[role] = who(repository);
    return repository.publish("root").release().files;
  };
}

const attacks: readonly Attack[] = [
  { name: "none", make: ({ files }) => files, verdict: "found" },
  { name: "none, refreshed twice", after: true, make: ({ files }) => files, verdict: "found" },
  {
    name: "the whole repository as it was a release ago",
    make(repository) {
      const old = new Map(repository.files);
      repository.release();
      return [repository.files, old];
    },
    verdict: "timestamp: rollback",
  },
  {
    name: "a stranger's timestamp",
    make: signedBy("timestamp", (repository) => [stranger(repository)]),
    verdict: "timestamp: threshold-not-met",
  },
  {
    name: "a stranger's signature under the timestamp key's id",
    make: signedBy("timestamp", (repository) => [
      { ...stranger(repository), id: repository.signer(5).id },
    ]),
    verdict: "timestamp: threshold-not-met",
  },
  {
    name: "a root one signature short",
    make: signedBy("root", (repository) => [repository.signer(0)]),
    verdict: "root: threshold-not-met",
  },
  {
    name: "a root signed only by its new keys",
    make(repository) {
      repository.rotate("root");
      return repository.publish("root").files;
    },
    verdict: "root: threshold-not-met",
  },
  {
    name: "a root that skips a version",
    make(repository) {
      Object.assign(repository.signed.root ?? {}, { version: 3 });
      repository.write("root");
      const skipped = repository.files.get("3.root.json") as Uint8Array;
      return new Map(repository.files).set("2.root.json", skipped);
    },
    verdict: "root: wrong-version",
  },
  ...(["timestamp", "snapshot", "targets"] as const).map((role) => ({
    name: `an expired ${role}`,
    make(repository: Repository) {
      Object.assign(repository.signed[role] ?? {}, { expires: date(now - day) });
      return repository.release().files;
    },
    verdict: `${role}: expired`,
  })),
  {
    name: "a snapshot of another release",
    make(repository) {
      const first = repository.files.get("1.snapshot.json") as Uint8Array;
      return new Map(repository.release().files).set("3.snapshot.json", first);
    },
    verdict: "snapshot: wrong-length",
  },
  {
    name: "truncated targets",
    make(repository) {
      const whole = repository.files.get("2.targets.json") as Uint8Array;
      return new Map(repository.files).set("2.targets.json", whole.slice(0, -10));
    },
    verdict: "targets: wrong-length",
  },
  {
    name: "a targets file rolled back",
    after: true,
    make(repository) {
      const meta = repository.signed.snapshot?.meta;
      meta["targets.json"] = { version: 1 };
      return repository.publish("snapshot", "timestamp").files;
    },
    verdict: "snapshot: rollback",
  },
  {
    name: "a timestamp rolled back",
    after: true,
    make(repository) {
      Object.assign(repository.signed.timestamp ?? {}, { version: 1 });
      repository.write("timestamp");
      return repository.files;
    },
    verdict: "timestamp: rollback",
  },
  {
    name: "a role gone from the snapshot",
    after: true,
    make(repository) {
      const meta = repository.signed.snapshot?.meta;
      delete meta["vendor.json"];
      return repository.publish("snapshot", "timestamp").files;
    },
    verdict: "snapshot: role-removed",
  },
  {
    name: "the target gone from the metadata",
    make(repository) {
      const targets = repository.signed.targets?.targets;
      delete targets.x;
      return repository.release().files;
    },
    verdict: "targets: no-such-target",
  },
  {
    name: "the target in a role that may not speak for it",
    make(repository) {
      const targets = repository.signed.targets?.targets;
      delete targets.x;
      repository.addTarget("x", "forged", "vendor");
      return repository.release("vendor").files;
    },
    verdict: "targets: no-such-target",
  },
  {
    name: "one signature written twice",
    make: signedBy("timestamp", (repository) => [repository.signer(5), repository.signer(5)]),
    verdict: "timestamp: duplicate-signature",
  },
  {
    name: "one key under two ids to meet a threshold of two",
    make(repository) {
      const one = repository.signer(5);
      const twice = alias(one);
      repository.keys.timestamp = { threshold: 2, signers: [one, twice] };
      return repository.publish("root").release().files;
    },
    verdict: "timestamp: threshold-not-met",
    onlyOurs: "tuf-js counts ids, we count keys; the root role must have signed such a list",
  },
];

const kinds: Readonly<Record<string, MakeSigner>> = {
  Ed25519: ed25519Signer,
  "P-256": p256Signer,
};

for (const [kind, signer] of Object.entries(kinds))
  for (const { name, make, after = false, verdict, onlyOurs } of attacks)
    test(`${kind}, attack: ${name}`, async (t) => {
      const repository = new Repository(signer, now);
      repository.addTarget("x", "image");
      repository.delegate("targets", { name: "vendor", paths: ["vendor/*"] });
      repository.release("vendor");
      const ours = install(repository.firstRoot);
      const theirs = await TufJs.install(repository.firstRoot);
      t.teardown(() => theirs.remove());
      const honest = after ? [new Map(repository.files)] : [];
      const rounds = [...honest, ...[make(repository)].flat()];
      const served = rounds.pop() as Files;
      for (const files of rounds) {
        t.is(ours.verdict(files, "x"), "found");
        t.is(await theirs.verdict(files, "x"), "found");
      }
      t.is(ours.verdict(served, "x"), verdict);
      const said = await theirs.verdict(served, "x");
      t.is(said === "found", verdict === "found" || onlyOurs !== undefined, said);
    });

// --- What tuf-js's models sign ----------------------------------------------------------------

interface Pair {
  readonly key: Key;
  readonly privateKey: KeyObject;
}

function makePair(kind: "ed25519" | "ec"): Pair {
  const { publicKey, privateKey } =
    kind === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("ed25519");
  const der = publicKey.export({ format: "der", type: "spki" });
  const options =
    kind === "ec"
      ? {
          keyType: "ecdsa",
          scheme: "ecdsa-sha2-nistp256",
          keyVal: { public: publicKey.export({ format: "pem", type: "spki" }).toString() },
        }
      : { keyType: "ed25519", scheme: "ed25519", keyVal: { public: toHex(der.subarray(-32)) } };
  const { keyType: keytype, scheme, keyVal: keyval } = options;
  const form = canonical({ keytype, scheme, keyval });
  const keyID = createHash("sha256").update(form).digest("hex");
  return { key: new Key({ keyID, ...options }), privateKey };
}

function signed<T extends Root | Timestamp | Snapshot | Targets>(
  content: T,
  pairs: readonly Pair[],
): Uint8Array {
  const metadata = new Metadata<T>(content);
  for (const { key, privateKey } of pairs) {
    const algorithm = key.keyType === "ecdsa" ? "sha256" : null;
    metadata.sign((data) => {
      const sig = sign(algorithm, data, privateKey).toString("hex");
      return new Signature({ keyID: key.keyID, sig });
    }, true);
  }
  return Buffer.from(JSON.stringify(metadata.toJSON(), null, 2));
}

test("a repository signed by tuf-js's models, with keys of both kinds, is believed", (t) => {
  const [a, b, c] = [makePair("ed25519"), makePair("ec"), makePair("ed25519")] as const;
  const common = { version: 1, specVersion: "1.0.31", expires: date(now + day) };
  const role = (...pairs: Pair[]) => ({
    keyids: pairs.map(({ key }) => key.keyID),
    threshold: pairs.length,
  });
  const root = Root.fromJSON({
    _type: "root",
    version: 1,
    spec_version: "1.0.31",
    expires: common.expires,
    consistent_snapshot: true,
    keys: Object.fromEntries([a, b, c].map(({ key }) => [key.keyID, key.toJSON()])),
    roles: { root: role(a, b), targets: role(b, c), snapshot: role(c), timestamp: role(a) },
  });
  const image = Buffer.from("image");
  const sha256 = createHash("sha256").update(image).digest("hex");
  const path = "lamp/größe.bin";
  const entry = new TargetFile({
    path,
    length: image.length,
    hashes: { sha256 },
    unrecognizedFields: { custom: { why: 'A "fault" \\ in the 💡', serious: true } },
  });
  const targets = signed(new Targets({ ...common, targets: { [path]: entry } }), [b, c]);
  const listed = new MetaFile({ version: 1, length: targets.length });
  const snapshot = signed(new Snapshot({ ...common, meta: { "targets.json": listed } }), [c]);
  const snapshotMeta = new MetaFile({
    version: 1,
    hashes: { sha256: createHash("sha256").update(snapshot).digest("hex") },
  });
  const files = new Map([
    ["timestamp.json", signed(new Timestamp({ ...common, snapshotMeta }), [a])],
    ["1.snapshot.json", snapshot],
    ["1.targets.json", targets],
  ]);
  const client = install(signed(root, [a, b]));
  const outcome = client.refresh(files, path);
  t.is(inWords(outcome), "found");
  t.is(targetOf(outcome)?.file, `lamp/${sha256}.größe.bin`);
  t.is(targetOf(outcome)?.custom.why, 'A "fault" \\ in the 💡');
  const short = signed(new Targets({ ...common, targets: { [path]: entry } }), [b]);
  const meta = new MetaFile({ version: 1, length: short.length });
  const other = signed(new Snapshot({ ...common, meta: { "targets.json": meta } }), [c]);
  const hash = createHash("sha256").update(other).digest("hex");
  const change = new MetaFile({ version: 1, hashes: { sha256: hash } });
  files.set("timestamp.json", signed(new Timestamp({ ...common, snapshotMeta: change }), [a]));
  files.set("1.snapshot.json", other).set("1.targets.json", short);
  const late = install(signed(root, [a, b]));
  t.is(late.verdict(files, path), "targets: threshold-not-met", "control: one signature short");
});
