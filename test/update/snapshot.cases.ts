/** Freezing, rolling back and mixing: timestamp, snapshot and the files they name (5.4 to 5.6.6). */
import { encodeText } from "../../device/platform/text.ts";
import type { Case } from "../suite.ts";
import { Client } from "./client.ts";
import { date, day, now, Repository, signFile } from "./repository.ts";
import { toySigner } from "./signers.ts";

const stranger = toySigner(99);
const file = (repository: Repository, name: string) => repository.files.get(name) as Uint8Array;

/** A client that has seen release 2, and the files as they were before it. */
function updated() {
  const repository = new Repository();
  const old = new Map(repository.files);
  const client = new Client(repository.firstRoot);
  repository.release();
  const verdict = client.verdict(repository.files);
  if (verdict !== "refreshed") throw new Error(verdict);
  return { repository, old, client };
}

/** The same client, had it never refreshed: it lacks the knowledge the guard works with. */
const forgetful = ({ firstRoot }: Repository) => new Client(firstRoot);

export const cases: Record<string, Case> = {
  "a repository gone back to an older release is refused"(check) {
    const { repository, old, client } = updated();
    check.equal(client.verdict(old), "timestamp: rollback");
    check.equal(forgetful(repository).verdict(old), "refreshed", "control: a client new to it");
  },

  "an older timestamp is refused though it names the same snapshot"(check) {
    const repository = new Repository();
    const old = new Map(repository.files);
    const client = forgetful(repository);
    repository.publish("timestamp");
    check.equal(client.verdict(repository.files), "refreshed");
    check.equal(client.verdict(old), "timestamp: rollback");
    check.equal(forgetful(repository).verdict(old), "refreshed", "control: a client new to it");
  },

  "an old snapshot under a new timestamp is refused"(check) {
    const { repository, client } = updated();
    const timestamp = repository.signed.timestamp ?? {};
    timestamp.meta["snapshot.json"] = { version: 1 };
    repository.publish("timestamp");
    check.equal(client.verdict(repository.files), "timestamp: rollback");
    check.equal(forgetful(repository).verdict(repository.files), "refreshed", "control");
  },

  "old targets under a new snapshot are refused"(check) {
    const { repository, client } = updated();
    const snapshot = repository.signed.snapshot ?? {};
    snapshot.meta["targets.json"] = { version: 1 };
    repository.publish("snapshot", "timestamp");
    check.equal(client.verdict(repository.files), "snapshot: rollback");
    check.equal(forgetful(repository).verdict(repository.files), "refreshed", "control");
  },

  "a role that disappears from the snapshot is missed"(check) {
    const repository = new Repository();
    repository.delegate("targets", { name: "boards" });
    repository.release("boards");
    const client = new Client(repository.firstRoot);
    check.equal(client.verdict(repository.files), "refreshed");
    const meta = repository.signed.snapshot?.meta;
    delete meta["boards.json"];
    repository.publish("snapshot", "timestamp");
    check.equal(client.verdict(repository.files), "snapshot: role-removed");
    check.equal(forgetful(repository).verdict(repository.files), "refreshed", "control");
  },

  "a timestamp signed by a stranger is refused"(check) {
    const repository = new Repository();
    repository.signing.timestamp = [stranger];
    repository.publish("timestamp");
    const client = forgetful(repository);
    check.equal(client.verdict(repository.files), "timestamp: threshold-not-met");
    const blind = client.copy({ cryptography: { ...client.cryptography, check: () => true } });
    check.equal(
      blind.verdict(repository.files),
      "timestamp: threshold-not-met",
      "not by id either",
    );
  },

  "a stranger's signature under the right key's name is refused"(check) {
    for (const role of ["timestamp", "snapshot", "targets"] as const) {
      const repository = new Repository();
      const [owner] = repository.keys[role].signers;
      repository.signing[role] = [{ ...stranger, id: owner?.id ?? "" }];
      repository.release();
      const client = forgetful(repository);
      check.equal(client.verdict(repository.files), `${role}: threshold-not-met`);
      const blind = client.copy({ cryptography: { ...client.cryptography, check: () => true } });
      check.equal(blind.verdict(repository.files), "refreshed", `control: ${role} unchecked`);
    }
  },

  "one signature short is refused, for every role"(check) {
    for (const role of ["timestamp", "snapshot", "targets"] as const) {
      const repository = new Repository();
      const signers = [60, 61, 62].map(toySigner);
      repository.keys[role] = { threshold: 2, signers };
      repository.publish("root");
      repository.signing[role] = signers.slice(0, 1);
      repository.release();
      const client = forgetful(repository);
      check.equal(client.verdict(repository.files), `${role}: threshold-not-met`);
      repository.signing[role] = signers.slice(1);
      repository.release();
      check.equal(client.verdict(repository.files), "refreshed", "control: any two");
    }
  },

  "a changed byte under good signatures is refused, for every role"(check) {
    for (const name of ["timestamp.json", "2.snapshot.json", "2.targets.json"]) {
      const role = name.split(".").slice(-2)[0];
      const repository = new Repository();
      // Without hashes in the way, so that the signature is all that stands.
      repository.describes = false;
      repository.release();
      const parsed = repository.parsed(name);
      parsed.signed.expires = date(now + 3000 * day);
      const changed = encodeText(JSON.stringify(parsed));
      const files = new Map(repository.files).set(name, changed);
      check.equal(forgetful(repository).verdict(files), `${role}: threshold-not-met`);
      check.equal(forgetful(repository).verdict(repository.files), "refreshed", "control");
    }
  },

  "a frozen repository is noticed: timestamp past its date"(check) {
    const repository = new Repository();
    Object.assign(repository.signed.timestamp ?? {}, { expires: date(now + day) });
    repository.publish("timestamp");
    const client = forgetful(repository);
    check.equal(client.copy({ now: now + day - 1 }).verdict(repository.files), "refreshed");
    const late = client.copy({ now: now + day });
    check.equal(late.verdict(repository.files), "timestamp: expired", "to the second");
  },

  "a frozen repository is noticed though its timestamp is the trusted one"(check) {
    const { repository, client } = updated();
    const late = client.copy({ now: now + 30 * day });
    Object.assign(repository.signed.root ?? {}, { expires: date(now + 90 * day) });
    repository.publish("root");
    check.equal(late.verdict(repository.files), "timestamp: expired");
    late.handledTimestamp = client.state.timestamp?.version;
    check.equal(late.verdict(repository.files), "timestamp: expired", "nor is it 'unchanged'");
    repository.publish("timestamp");
    check.equal(client.verdict(repository.files), "refreshed", "control: in time");
  },

  "an expired snapshot or targets file is refused"(check) {
    for (const role of ["snapshot", "targets"]) {
      const repository = new Repository();
      const draft = repository.signed[role] ?? {};
      draft.expires = date(now);
      repository.release();
      const client = forgetful(repository);
      check.equal(client.verdict(repository.files), `${role}: expired`);
      draft.expires = date(now + 1);
      repository.release();
      check.equal(client.verdict(repository.files), "refreshed", "control: a second more");
    }
  },

  "a clock set back does not bring anything to life that the floor has passed"(check) {
    // The floor is the caller's: whatever it is, it is compared as it is, far ends included.
    const repository = new Repository();
    for (const [floor, verdict] of [
      [0, "refreshed"],
      [now, "refreshed"],
      [0xffffffff, "root: expired"],
    ] as const)
      check.equal(forgetful(repository).copy({ now: floor }).verdict(repository.files), verdict);
  },

  "files of different releases do not mix: a snapshot that is not the one named"(check) {
    const repository = new Repository();
    const first = file(repository, "1.snapshot.json");
    repository.publish("snapshot", "timestamp");
    const files = new Map(repository.files).set("2.snapshot.json", first);
    check.equal(forgetful(repository).verdict(files), "snapshot: wrong-hash");
    repository.describes = false;
    repository.publish("snapshot", "timestamp");
    const unhashed = new Map(repository.files).set("3.snapshot.json", first);
    check.equal(forgetful(repository).verdict(unhashed), "snapshot: wrong-version");
    check.equal(forgetful(repository).verdict(repository.files), "refreshed", "control");
  },

  "files of different releases do not mix: targets that are not the ones listed"(check) {
    const repository = new Repository();
    const first = file(repository, "1.targets.json");
    repository.release();
    const files = new Map(repository.files).set("2.targets.json", first);
    check.equal(forgetful(repository).verdict(files), "targets: wrong-hash");
    repository.describes = false;
    repository.release();
    const unhashed = new Map(repository.files).set("3.targets.json", first);
    check.equal(forgetful(repository).verdict(unhashed), "targets: wrong-version");
    check.equal(forgetful(repository).verdict(repository.files), "refreshed", "control");
  },

  "the right version with the wrong hash is refused"(check) {
    const repository = new Repository();
    const signers = repository.keys.targets.signers;
    const other = signFile({ ...repository.signed.targets, x: 1 }, signers);
    const same = signFile({ ...repository.signed.targets }, signers);
    const name = "1.targets.json";
    check.equal(same.length, file(repository, name).length, "control: the file itself");
    const padded = Uint8Array.from(same);
    padded[padded.length - 1] = 0x20;
    const shape = (bytes: Uint8Array) => new Map(repository.files).set(name, bytes);
    check.equal(forgetful(repository).verdict(shape(padded)), "targets: wrong-hash");
    check.equal(forgetful(repository).verdict(shape(other)), "targets: too-large", "and longer");
    check.equal(forgetful(repository).verdict(shape(same)), "refreshed", "control");
  },

  "a truncated file is refused"(check) {
    for (const name of ["1.snapshot.json", "1.targets.json"]) {
      const repository = new Repository();
      const files = new Map(repository.files).set(name, file(repository, name).slice(0, -1));
      const role = name.split(".")[1];
      check.equal(forgetful(repository).verdict(files), `${role}: wrong-length`);
    }
    const repository = new Repository();
    const cut = file(repository, "timestamp.json").slice(0, -1);
    const files = new Map(repository.files).set("timestamp.json", cut);
    check.equal(forgetful(repository).verdict(files), "timestamp: not-json");
  },

  "a hash this client cannot compute is not skipped"(check) {
    const repository = new Repository();
    const meta = repository.signed.timestamp?.meta["snapshot.json"];
    meta.hashes = { md5: "00" };
    repository.publish("timestamp");
    check.equal(forgetful(repository).verdict(repository.files), "timestamp: unknown-hash");
    const list = repository.signed.snapshot ?? {};
    list.meta["targets.json"].hashes = { sha3: "00" };
    repository.publish("snapshot", "timestamp");
    check.equal(forgetful(repository).verdict(repository.files), "targets: unknown-hash");
    delete list.meta["targets.json"].hashes;
    repository.publish("snapshot", "timestamp");
    check.equal(forgetful(repository).verdict(repository.files), "refreshed", "control: no hash");
  },

  "metadata of one role does not pass for another's"(check) {
    const repository = new Repository();
    // Worst case: the same key signs both, and the snapshot is shaped like a timestamp.
    repository.keys.snapshot = repository.keys.timestamp;
    const snapshot = repository.signed.snapshot ?? {};
    snapshot.meta["snapshot.json"] = { version: 1 };
    repository.publish("root", "snapshot", "timestamp");
    const files = new Map(repository.files);
    files.set("timestamp.json", file(repository, "2.snapshot.json"));
    check.equal(forgetful(repository).verdict(files), "timestamp: wrong-type");
    check.equal(forgetful(repository).verdict(repository.files), "refreshed", "control");
  },

  "another major version of the specification is refused"(check) {
    for (const [version, verdict] of [
      ["2.0.0", "timestamp: wrong-specification"],
      ["10.0", "timestamp: wrong-specification"],
      ["1", "timestamp: wrong-specification"],
      ["1.0", "refreshed"],
      ["1.99.7", "refreshed"],
    ] as const) {
      const repository = new Repository();
      Object.assign(repository.signed.timestamp ?? {}, { spec_version: version });
      check.equal(forgetful(repository).verdict(repository.publish("timestamp").files), verdict);
    }
  },

  "a timestamp re-signed with other contents under the same version changes nothing"(check) {
    const { repository, client } = updated();
    const timestamp = repository.signed.timestamp ?? {};
    timestamp.meta["snapshot.json"] = { version: 100 };
    repository.write("timestamp");
    check.equal(client.verdict(repository.files), "refreshed");
    check.equal(client.state.timestamp?.snapshot.version, 2, "what was trusted stays");
  },

  "nothing new costs two small requests"(check) {
    const { repository, client } = updated();
    const idle = client.copy({ handledTimestamp: client.state.timestamp?.version });
    check.equal(idle.verdict(repository.files), "unchanged");
    check.equal(idle.asked, ["2.root.json", "timestamp.json"]);
    repository.release();
    check.equal(idle.verdict(repository.files), "refreshed", "control: a new release is seen");
  },

  "a new root is not passed over as nothing new: it may have revoked what was released"(check) {
    const { repository, client } = updated();
    const idle = client.copy({ handledTimestamp: client.state.timestamp?.version });
    repository.rotate("targets");
    repository.publish("root");
    check.equal(idle.verdict(repository.files), "targets: threshold-not-met");
  },

  "a repository that stops answering changes nothing that is trusted"(check) {
    const { repository, client } = updated();
    repository.release();
    for (const [missing, verdict] of [
      ["timestamp.json", "timestamp: unavailable"],
      ["3.snapshot.json", "snapshot: unavailable"],
      ["3.targets.json", "targets: unavailable"],
    ] as const) {
      const files = new Map(repository.files);
      files.delete(missing);
      check.equal(client.verdict(files), verdict);
    }
    check.equal(client.verdict(repository.files), "refreshed", "and it recovers");
  },

  "without consistent snapshots the plain names are used"(check) {
    const repository = new Repository();
    Object.assign(repository.signed.root ?? {}, { consistent_snapshot: false });
    repository.publish("root").release();
    const client = forgetful(repository);
    check.equal(client.verdict(repository.files), "refreshed");
    check.equal(client.asked, [
      "2.root.json",
      "3.root.json",
      "timestamp.json",
      "snapshot.json",
      "targets.json",
    ]);
  },

  "a kept copy saves the download and is judged all the same"(check) {
    const repository = new Repository();
    const client = new Client(repository.firstRoot, { kept: new Map() });
    check.equal(client.verdict(repository.files), "refreshed");
    const again = client.copy();
    check.equal(again.verdict(repository.files), "refreshed");
    check.equal(again.asked, ["2.root.json", "timestamp.json"], "no snapshot, no targets");
    const tampered = client.copy({ kept: new Map(client.kept).set("targets", Uint8Array.of(1)) });
    check.equal(tampered.verdict(repository.files), "refreshed");
    check.equal(tampered.asked.slice(2), ["1.targets.json"], "a damaged copy is fetched anew");
  },
};
