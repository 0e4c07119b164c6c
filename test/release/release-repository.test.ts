/** The tests' repository: good as it is, and each of its attacks is one. */
import test from "ava";
import { check, firstState, type Read } from "../../provisioning/release/check.ts";
import { attacks, ReleaseRepository } from "../update/release-repository.ts";
import { sampleImage } from "./desk-fixture.ts";

function open() {
  const repository = new ReleaseRepository();
  const base = sampleImage("1.0.1");
  repository.offer({ image: base });
  const unit = firstState(repository.firstRoot, repository.now);
  const read: Read = (path) => repository.files.get(path);
  const known = check(unit, read, repository.now).state;
  const release = repository.offer({ image: sampleImage("1.0.2"), from: [base], percent: 50 });
  const verdict = () =>
    check(known, read, repository.now, [
      "T13-LAMP-1/desk/current.json",
      "T13-LAMP-1/desk/1.0.2.bin",
    ]).refused ?? "accepted";
  return { repository, release, verdict };
}

test("a release, a change of it and new keys are accepted", (t) => {
  const { repository, release, verdict } = open();
  t.is(verdict(), "accepted");
  repository.amend(release, { percent: 100 });
  t.is(verdict(), "accepted");
  for (const role of ["root", "targets", "snapshot", "timestamp"] as const) repository.rotate(role);
  t.is(verdict(), "accepted");
});

const reasons: Readonly<Record<keyof typeof attacks, string>> = {
  "expired timestamp": "timestamp: expired",
  "timestamp by a wrong key": "timestamp: threshold-not-met",
  "root one signature short": "root: threshold-not-met",
  "mixed metadata": "T13-LAMP-1.desk: wrong-hash",
  "swapped image": "the file is another",
  "truncated image": "the file is another",
  "huge metadata": "timestamp: too-large",
};

for (const [name, attack] of Object.entries(attacks))
  test(`refused: ${name}`, (t) => {
    const { repository, verdict } = open();
    const back = repository.remember();
    attack(repository);
    t.true(verdict().endsWith(reasons[name as keyof typeof attacks]), verdict());
    back();
    t.is(verdict(), "accepted");
  });

test("refused: the repository of last week put back", (t) => {
  const { repository, verdict } = open();
  const old = repository.record();
  repository.offer({ image: sampleImage("1.0.3"), percent: 50 });
  const unit = firstState(repository.firstRoot, repository.now);
  const read: Read = (path) => repository.files.get(path);
  const known = check(unit, read, repository.now).state;
  repository.replace(old);
  t.is(check(known, read, repository.now).refused, "timestamp: rollback");
  // The control: a unit that has not seen the newer one cannot know.
  t.is(verdict(), "accepted");
});
