/** Attacks on the root of trust: specification 5.2, 5.3 (EN 303 645 5.3-9, 5.3-10). */
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import type { Case } from "../suite.ts";
import { Client } from "./client.ts";
import { day, now, Repository, signFile } from "./repository.ts";
import { alias, toySigner } from "./signers.ts";

const [a, b, c, x, y] = [0, 1, 2, 50, 51].map(toySigner) as [
  ReturnType<typeof toySigner>,
  ReturnType<typeof toySigner>,
  ReturnType<typeof toySigner>,
  ReturnType<typeof toySigner>,
  ReturnType<typeof toySigner>,
];

/** A repository whose second root has other keys, signed by whoever the case says. */
function rotated(signing: readonly ReturnType<typeof toySigner>[]): Repository {
  const repository = new Repository();
  repository.keys.root.signers = [x, y, c];
  repository.signing.root = signing;
  return repository.publish("root");
}

export const cases: Record<string, Case> = {
  "an honest repository is believed, file by file in order"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "refreshed");
    check.equal(client.asked, [
      "2.root.json",
      "timestamp.json",
      "1.snapshot.json",
      "1.targets.json",
    ]);
  },

  "a first root that does not vouch for itself is not installed"(check) {
    const repository = new Repository();
    const forged = signFile(repository.signed.root ?? {}, [a, x]);
    check.throws(() => new Client(forged), "one signature short");
    check.ok(new Client(signFile(repository.signed.root ?? {}, [a, b])), "control: both");
  },

  "a root signed only by its new keys is refused"(check) {
    const takeOver = rotated([x, y]);
    const client = new Client(takeOver.firstRoot);
    check.equal(client.verdict(takeOver.files), "root: threshold-not-met");
    check.equal(client.state.root.version, 1, "the old root stays");
    const honest = rotated([a, b, x, y]);
    check.equal(client.verdict(honest.files), "refreshed", "control: old and new keys");
    check.equal(client.state.root.version, 2);
  },

  "a root signed only by the old keys is refused"(check) {
    const mistake = rotated([a, b]);
    const client = new Client(mistake.firstRoot);
    check.equal(client.verdict(mistake.files), "root: threshold-not-met");
    check.equal(client.verdict(rotated([b, c, x]).files), "refreshed", "control: c is in both");
  },

  "a signature is not good for another key of the same name"(check) {
    const renamed = (signing: readonly ReturnType<typeof toySigner>[]) => {
      const repository = new Repository();
      repository.keys.root.signers = [{ ...x, id: a.id }, { ...y, id: b.id }, c];
      repository.signing.root = signing;
      return repository.publish("root");
    };
    const takeOver = renamed([a, b]);
    const client = new Client(takeOver.firstRoot);
    check.equal(client.verdict(takeOver.files), "root: threshold-not-met");
    check.equal(client.verdict(renamed([a, c]).files), "root: threshold-not-met", "c alone is new");
  },

  "a root one signature short of the old threshold is refused"(check) {
    const short = rotated([a, x, y]);
    const client = new Client(short.firstRoot);
    check.equal(client.verdict(short.files), "root: threshold-not-met");
  },

  "a root that skips a version is refused"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot);
    if (repository.signed.root) repository.signed.root.version = 3;
    repository.write("root");
    const skipped = repository.files.get("3.root.json") as Uint8Array;
    const files = new Map(repository.files).set("2.root.json", skipped);
    check.equal(client.verdict(files), "root: wrong-version");
    if (repository.signed.root) repository.signed.root.version = 2;
    repository.write("root");
    check.equal(client.verdict(repository.files), "refreshed", "control: with its predecessor");
    check.equal(client.state.root.version, 3);
  },

  "the first root served again as the second is refused"(check) {
    const repository = new Repository();
    const files = new Map(repository.files).set("2.root.json", repository.firstRoot);
    check.equal(new Client(repository.firstRoot).verdict(files), "root: wrong-version");
  },

  "a chain of roots is followed one by one, each judged by the one before"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot);
    for (let number = 0; number < 5; number++) {
      const before = repository.keys.root.signers;
      repository.rotate("root");
      repository.signing.root = [...before, ...repository.keys.root.signers];
      repository.publish("root");
    }
    check.equal(client.verdict(repository.files), "refreshed");
    check.equal(client.state.root.version, 6);
    const files = new Map(repository.files);
    files.delete("4.root.json");
    const late = new Client(repository.firstRoot);
    check.equal(late.verdict(files), "refreshed", "control: a gap ends the chain");
    check.equal(late.state.root.version, 3, "and nothing behind it is believed");
  },

  "an endless chain of roots is left after the agreed number"(check) {
    const repository = new Repository();
    const limits = { ...deviceLimits, rootRotations: 4 };
    const client = new Client(repository.firstRoot, { limits });
    for (let number = 0; number < 6; number++) repository.publish("root");
    check.equal(client.verdict(repository.files), "refreshed");
    check.equal(client.state.root.version, 5, "four rotations");
    check.equal(client.verdict(repository.files), "refreshed");
    check.equal(client.state.root.version, 7, "the rest the next time");
    check.equal(deviceLimits.rootRotations, 32, "the device's number");
  },

  "an expired root stops the refresh, but not its own replacement"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot, { now: now + 31 * day });
    check.equal(client.verdict(repository.files), "root: expired");
    check.equal(client.asked, ["2.root.json"], "nothing else is even asked for");
    check.equal(
      new Client(repository.firstRoot).verdict(repository.files),
      "refreshed",
      "control: in time",
    );
    const renewed = new Repository();
    for (const role of ["root", "targets", "snapshot", "timestamp"] as const)
      Object.assign(renewed.signed[role] ?? {}, { expires: "2030-01-01T00:00:00Z" });
    renewed.publish("root").release();
    check.equal(client.verdict(renewed.files), "refreshed", "a newer root is in time");
  },

  "a key listed under two ids counts once"(check) {
    const twice = alias(a);
    const sneaky = (signing: (typeof a)[]) => {
      const repository = new Repository();
      repository.keys.timestamp = { threshold: 2, signers: [a, twice] };
      repository.signing.timestamp = signing;
      return repository.publish("root", "timestamp");
    };
    const repository = sneaky([a, twice]);
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "timestamp: threshold-not-met");
    check.equal(client.state.root.version, 2, "the root itself is good");
    const honest = new Repository();
    honest.keys.timestamp = { threshold: 2, signers: [a, b] };
    honest.publish("root", "timestamp");
    check.equal(
      client.copy().verdict(honest.files),
      "timestamp: threshold-not-met",
      "stays root 2",
    );
    check.equal(
      new Client(honest.firstRoot).verdict(honest.files),
      "refreshed",
      "control: two keys",
    );
  },

  "a key under an id that is not its own never counts"(check) {
    const renamed = { ...x, id: y.id };
    const named = (one: typeof a) => {
      const repository = new Repository();
      repository.keys.timestamp = { threshold: 1, signers: [one] };
      return repository.publish("root", "timestamp");
    };
    const client = new Client(new Repository().firstRoot);
    check.equal(client.copy().verdict(named(renamed).files), "timestamp: threshold-not-met");
    check.equal(client.copy().verdict(named(x).files), "refreshed", "control: its own");
    check.equal(client.copy().verdict(named(alias(x)).files), "refreshed", "with a member more");
  },

  "one id listed twice in a role is refused"(check) {
    const repository = new Repository();
    repository.keys.timestamp = { threshold: 2, signers: [a, a] };
    repository.publish("root");
    check.equal(new Client(repository.firstRoot).verdict(repository.files), "root: bad-metadata");
  },

  "one signature counted twice is refused"(check) {
    const repository = new Repository();
    repository.signing.root = [a, a];
    repository.publish("root");
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "root: duplicate-signature");
    const control = new Repository();
    control.signing.root = [a, c];
    check.equal(client.verdict(control.publish("root").files), "refreshed", "control: two keys");
  },

  "keys of unknown kinds never count, and do no harm"(check) {
    const rsa = {
      ...x,
      key: { keytype: "rsa", scheme: "rsassa-pss-sha256", keyval: x.key.keyval! },
    };
    const repository = new Repository();
    repository.keys.root = { threshold: 2, signers: [a, b, rsa] };
    repository.signing.root = [a, b, rsa];
    repository.publish("root");
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "refreshed", "two known keys are enough");
    const unknown = new Repository();
    unknown.keys.root = { threshold: 2, signers: [a, rsa] };
    unknown.signing.root = [a, b, rsa];
    unknown.publish("root");
    const other = new Client(unknown.firstRoot);
    check.equal(other.verdict(unknown.files), "root: threshold-not-met");
    const known = new Repository();
    known.keys.root = { threshold: 2, signers: [a, x] };
    known.signing.root = [a, b, x];
    check.equal(other.verdict(known.publish("root").files), "refreshed", "control: a known kind");
  },

  "a threshold that nobody can meet is a role that nobody can fill"(check) {
    const repository = new Repository();
    repository.keys.snapshot.threshold = 2;
    repository.publish("root");
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "snapshot: threshold-not-met");
  },

  "a threshold of none is refused"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot);
    for (const threshold of [0, -1, "1", null]) {
      const draft = repository.signed.root ?? {};
      draft.version = 2;
      repository.keys.timestamp.threshold = threshold as number;
      repository.write("root");
      check.equal(client.verdict(repository.files), "root: bad-metadata", String(threshold));
    }
    repository.keys.timestamp.threshold = 1;
    repository.write("root");
    check.equal(client.verdict(repository.files), "refreshed", "control");
  },

  "an added timestamp key does not open the way back to an older timestamp"(check) {
    const repository = new Repository();
    const old = repository.files.get("timestamp.json") as Uint8Array;
    const client = new Client(repository.firstRoot);
    repository.publish("timestamp");
    check.equal(client.verdict(repository.files), "refreshed");
    repository.keys.timestamp.signers.push(x);
    repository.publish("root");
    const replayed = new Map(repository.files).set("timestamp.json", old);
    check.equal(client.verdict(replayed), "timestamp: rollback");
    check.equal(client.state.root.version, 2, "the new root was taken");
  },

  "a revoked timestamp key takes its version numbers with it"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot);
    const honest = repository.signed.timestamp ?? {};
    honest.version = 1_000_000;
    repository.write("timestamp");
    check.equal(client.verdict(repository.files), "refreshed", "driven up by the intruder");
    honest.version = 2;
    repository.write("timestamp");
    check.equal(
      client.copy().verdict(repository.files),
      "timestamp: rollback",
      "control: no new key",
    );
    repository.rotate("timestamp");
    repository.publish("root").write("timestamp");
    check.equal(client.verdict(repository.files), "refreshed");
    check.equal(client.state.timestamp?.version, 2);
  },

  "a revoked snapshot key takes its version numbers with it"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot);
    const targets = repository.signed.targets ?? {};
    targets.version = 1_000_000;
    repository.write("targets");
    repository.publish("snapshot", "timestamp");
    check.equal(client.verdict(repository.files), "refreshed", "driven up by the intruder");
    targets.version = 2;
    repository.write("targets");
    repository.publish("snapshot", "timestamp");
    check.equal(client.copy().verdict(repository.files), "snapshot: rollback", "control");
    repository.rotate("snapshot");
    repository.publish("root", "snapshot", "timestamp");
    check.equal(client.verdict(repository.files), "refreshed");
  },

  "a power cut right after the new root does not forget the recovery"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot);
    const timestamp = repository.signed.timestamp ?? {};
    timestamp.version = 1_000_000;
    repository.write("timestamp");
    check.equal(client.verdict(repository.files), "refreshed");
    timestamp.version = 2;
    repository.rotate("timestamp");
    repository.publish("root").write("timestamp");
    client.onStored = () => {
      client.onStored = () => {};
      throw new Error("power cut");
    };
    const before = client.state;
    check.throws(() => client.verdict(repository.files), "cut while the root is stored");
    check.equal(client.state, before, "the old state");
    check.equal(client.verdict(repository.files), "refreshed", "the next time it works");
    check.equal(client.state.timestamp?.version, 2);
  },
};
