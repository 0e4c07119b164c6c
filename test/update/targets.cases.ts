/** Finding a target, and who may speak for it: specification 4.5, 5.6.7, 5.7. */
import type { JsonObject } from "../../device/commands/strict-json.ts";
import { toHex } from "../../device/platform/encoding.ts";
import { encodeText } from "../../device/platform/text.ts";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { matchesPattern } from "../../device/update/metadata/path-pattern.ts";
import type { Case } from "../suite.ts";
import { Client, inWords, targetOf } from "./client.ts";
import { date, now, Repository } from "./repository.ts";
import { toyCryptography, toySigner } from "./signers.ts";

const clientOf = ({ firstRoot }: Repository) => new Client(firstRoot);
const visits = (client: Client) => client.asked.slice(3).map((file) => file.split(".")[1]);

/** name → what it delegates to, as `[from, to, paths, terminating?]`. */
type Edge = readonly [from: string, to: string, paths?: string, terminating?: boolean];

function graph(edges: readonly Edge[], targets: Record<string, string> = {}): Repository {
  const repository = new Repository();
  for (const [from, name, paths = "*", terminating = false] of edges)
    repository.delegate(from, { name, paths: paths.split(" "), terminating });
  for (const [path, role] of Object.entries(targets)) repository.addTarget(path, path, role);
  return repository.release(...new Set(edges.map(([, to]) => to)));
}

export const cases: Record<string, Case> = {
  "a target is found with its length, hash, place and the release's own words"(check) {
    const repository = new Repository();
    const custom: JsonObject = { version: "1.2.0", why: { en: "A fault in the lamp" } };
    repository.addTarget("esp32c3/lamp.bin", "image", "targets", custom);
    repository.release();
    const target = targetOf(clientOf(repository).refresh(repository.files, "esp32c3/lamp.bin"));
    const hash = toHex(toyCryptography.sha256(encodeText("image")));
    check.equal(target?.path, "esp32c3/lamp.bin");
    check.equal(target?.length, 5);
    check.equal(target && toHex(target.digest.value), hash);
    check.equal(target?.file, `esp32c3/${hash}.lamp.bin`);
    check.equal(target?.custom, custom);
  },

  "a target nobody speaks for is not found"(check) {
    const repository = new Repository();
    repository.addTarget("a", "a");
    repository.release();
    const client = clientOf(repository);
    check.equal(client.verdict(repository.files, "b"), "targets: no-such-target");
    for (const name of ["__proto__", "constructor", "toString", "A", "a/", ""])
      check.equal(client.verdict(repository.files, name), "targets: no-such-target", name);
    check.equal(client.verdict(repository.files, "a"), "found", "control");
  },

  "delegations are searched depth first, in the delegator's order"(check) {
    const repository = graph([
      ["targets", "A"],
      ["targets", "B"],
      ["A", "C"],
      ["A", "D"],
    ]);
    const client = clientOf(repository);
    check.equal(client.verdict(repository.files, "x"), "targets: no-such-target");
    check.equal(visits(client), ["targets", "A", "C", "D", "B"]);
  },

  "the first role that speaks for a target wins"(check) {
    const repository = graph(
      [
        ["targets", "A"],
        ["targets", "B"],
      ],
      { x: "B" },
    );
    const first = targetOf(clientOf(repository).refresh(repository.files, "x"));
    repository.addTarget("x", "by A", "A");
    repository.release("A");
    const second = targetOf(clientOf(repository).refresh(repository.files, "x"));
    check.equal([first?.length, second?.length], [1, 4]);
  },

  "a terminating delegation has the last word"(check) {
    const edges: Edge[] = [
      ["targets", "A", "*", true],
      ["targets", "B"],
    ];
    const repository = graph(edges, { x: "B" });
    check.equal(clientOf(repository).verdict(repository.files, "x"), "targets: no-such-target");
    const open = graph(
      [
        ["targets", "A"],
        ["targets", "B"],
      ],
      { x: "B" },
    );
    check.equal(clientOf(open).verdict(open.files, "x"), "found", "control: not terminating");
    for (const [terminating, verdict] of [
      [true, "targets: no-such-target"],
      [false, "found"],
    ] as const) {
      const deep = graph(
        [
          ["targets", "A"],
          ["targets", "B"],
          ["A", "C", "*", terminating],
        ],
        { x: "B" },
      );
      check.equal(clientOf(deep).verdict(deep.files, "x"), verdict, "also of those before it");
    }
  },

  "a role is not believed outside the paths it was given"(check) {
    const repository = graph([["targets", "A", "lamps/*"]], { "locks/x": "A", "lamps/x": "A" });
    const client = clientOf(repository);
    check.equal(client.verdict(repository.files, "locks/x"), "targets: no-such-target");
    check.equal(visits(client), ["targets"], "it is not even asked");
    check.equal(client.verdict(repository.files, "lamps/x"), "found", "control");
  },

  "paths are checked at every step of the chain"(check) {
    const repository = graph(
      [
        ["targets", "A", "lamps/*"],
        ["A", "B", "*/*"],
      ],
      { "locks/x": "B", "lamps/x": "B" },
    );
    const client = clientOf(repository);
    check.equal(client.verdict(repository.files, "locks/x"), "targets: no-such-target");
    check.equal(client.verdict(repository.files, "lamps/x"), "found", "control");
  },

  "hash prefixes divide targets as paths do"(check) {
    const hash = toHex(toyCryptography.sha256(encodeText("x")));
    for (const [prefix, verdict] of [
      [hash.slice(0, 2), "found"],
      [hash, "found"],
      [hash.slice(1, 3), "targets: no-such-target"],
    ] as const) {
      const repository = new Repository();
      repository.delegate("targets", { name: "bin", path_hash_prefixes: [prefix] });
      repository.addTarget("x", "x", "bin");
      repository.release("bin");
      check.equal(clientOf(repository).verdict(repository.files, "x"), verdict, prefix);
    }
  },

  "a circle of delegations is walked once"(check) {
    const repository = graph([
      ["targets", "A"],
      ["A", "B"],
      ["B", "C"],
      ["C", "A"],
    ]);
    const client = clientOf(repository);
    check.equal(client.verdict(repository.files, "x"), "targets: no-such-target");
    check.equal(visits(client), ["targets", "A", "B", "C"]);
  },

  "endless delegations are given up after the agreed number of roles"(check) {
    const chain = Array.from(
      { length: 12 },
      (_, at): Edge => [at ? `r${at}` : "targets", `r${at + 1}`],
    );
    const repository = graph(chain, { x: "r12" });
    const client = clientOf(repository);
    check.equal(client.verdict(repository.files, "x"), "found", "control: 13 roles are few enough");
    client.limits = { ...deviceLimits, delegations: 12 };
    client.asked = [];
    check.equal(client.verdict(repository.files, "x"), "targets: too-many-delegations");
    check.equal(client.asked.length, 3 + 12, "root, timestamp, snapshot and 12 roles");
  },

  "a crowd of delegations does not fill the memory"(check) {
    const wide = Array.from({ length: 20 }, (_, at): Edge => ["targets", `r${at}`]);
    const repository = graph(wide, { x: "r15" });
    const client = new Client(repository.firstRoot);
    client.limits = { ...deviceLimits, delegations: 8 };
    check.equal(client.verdict(repository.files, "x"), "targets: too-many-delegations");
    check.equal(visits(client), ["targets", "r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
    client.limits = deviceLimits;
    check.equal(client.verdict(repository.files, "x"), "found", "control: room for all");
  },

  "a role is judged by the delegator that led to it"(check) {
    const repository = new Repository();
    const [byA, byB] = [toySigner(71), toySigner(72)];
    for (const [parent, child, path] of [
      ["A", byA, "a/*"],
      ["B", byB, "b/*"],
    ] as const) {
      repository.delegate("targets", { name: parent, paths: [path] });
      repository.delegate(parent, { name: "shared", paths: [path], signers: [child] });
    }
    repository.signing.shared = [byA];
    repository.addTarget("a/x", "A's", "shared");
    repository.addTarget("b/x", "forged", "shared");
    repository.release("A", "B", "shared");
    const client = new Client(repository.firstRoot, { kept: new Map() });
    check.equal(client.verdict(repository.files, "a/x"), "found");
    const second = client.lookFor(repository.files, "b/x");
    check.equal(inWords(second), "shared: threshold-not-met");
    repository.signing.shared = [byA, byB];
    repository.release("shared");
    check.equal(client.verdict(repository.files, "b/x"), "found", "control: both vouch");
  },

  "a delegated role that the snapshot does not list is not fetched"(check) {
    const repository = graph([["targets", "A"]], { x: "A" });
    const client = clientOf(repository);
    const meta = repository.signed.snapshot?.meta;
    delete meta["A.json"];
    repository.publish("snapshot", "timestamp");
    check.equal(client.verdict(repository.files, "x"), "A: not-in-snapshot");
    check.equal(visits(client), ["targets"]);
    repository.write("A");
    repository.publish("snapshot", "timestamp");
    check.equal(client.verdict(repository.files, "x"), "found", "control: listed");
  },

  "a delegated role cannot take the name of a top-level one"(check) {
    for (const name of ["root", "timestamp", "snapshot", "targets", ""]) {
      const repository = new Repository();
      const draft = repository.signed.targets ?? {};
      const key = toySigner(80);
      draft.delegations = {
        keys: { [key.id]: key.key },
        roles: [{ name, keyids: [key.id], threshold: 1, terminating: false, paths: ["*"] }],
      };
      repository.release();
      check.equal(clientOf(repository).verdict(repository.files), "targets: bad-metadata", name);
      draft.delegations.roles[0].name = "A";
      repository.release();
      check.equal(clientOf(repository).verdict(repository.files), "refreshed", "control");
    }
  },

  "two delegations of one name in one file are refused"(check) {
    const repository = graph([
      ["targets", "A"],
      ["targets", "A"],
    ]);
    check.equal(clientOf(repository).verdict(repository.files), "targets: bad-metadata");
  },

  "a delegated role one signature short is refused"(check) {
    const repository = new Repository();
    const signers = [81, 82].map(toySigner);
    repository.delegate("targets", { name: "A", signers, threshold: 2 });
    repository.addTarget("x", "x", "A");
    repository.signing.A = signers.slice(0, 1);
    repository.release("A");
    check.equal(clientOf(repository).verdict(repository.files, "x"), "A: threshold-not-met");
    repository.signing.A = signers;
    repository.release("A");
    check.equal(clientOf(repository).verdict(repository.files, "x"), "found", "control");
  },

  "an expired delegated role is refused"(check) {
    const repository = graph([["targets", "A"]], { x: "A" });
    Object.assign(repository.signed.A ?? {}, { expires: date(now) });
    repository.release("A");
    check.equal(clientOf(repository).verdict(repository.files, "x"), "A: expired");
  },

  "a role's name cannot lead out of the repository's folder"(check) {
    for (const name of ["../up", "/abs", "?q", "#f", "a b", "ü", "..", "%2e"]) {
      const repository = graph([["targets", name]], { x: name });
      const client = clientOf(repository);
      check.equal(client.verdict(repository.files, "x"), "found", name);
      const file = client.asked[client.asked.length - 1] ?? "";
      check.ok(/^1\.[A-Za-z0-9_.~%-]+\.json$/.test(file), file);
    }
  },

  "a target without a hash we can compute is refused"(check) {
    const repository = new Repository();
    repository.addTarget("x", "x");
    const entry = repository.signed.targets?.targets.x;
    const { sha256 } = entry.hashes;
    for (const [hashes, verdict] of [
      [{ md5: "00" }, "targets: unknown-hash"],
      [{}, "targets: bad-metadata"],
      [undefined, "targets: bad-metadata"],
      [{ sha256: sha256.slice(2) }, "targets: bad-metadata"],
      [{ sha256: 7 }, "targets: bad-metadata"],
      [{ sha512: sha256 + sha256 }, "found"],
      [{ md5: "00", sha256 }, "found"],
    ] as const) {
      entry.hashes = hashes;
      repository.release();
      const verdictNow = clientOf(repository).verdict(repository.files, "x");
      check.equal(verdictNow, verdict, JSON.stringify(hashes));
    }
  },

  "a target's length must be a length"(check) {
    const repository = new Repository();
    repository.addTarget("x", "x");
    for (const length of [-1, "1", null, undefined]) {
      const entry = repository.signed.targets?.targets.x;
      entry.length = length;
      repository.release();
      const verdict = clientOf(repository).verdict(repository.files, "x");
      check.equal(verdict, "targets: bad-metadata", String(length));
      entry.length = 1;
      repository.release();
      check.equal(clientOf(repository).verdict(repository.files, "x"), "found", "control");
    }
  },

  "patterns match within a folder and nowhere else"(check) {
    const matching: [string, string][] = [
      ["*", "a"],
      ["*", ""],
      ["a/*", "a/b"],
      ["*.tgz", "a.tgz"],
      ["*a*b*", "xxaxxbxx"],
      ["foo-?.tgz", "foo-1.tgz"],
      ["*/*", "a/b"],
      ["**", "ab"],
      ["[ab]", "[ab]"],
      ["a.c", "a.c"],
    ];
    const others: [string, string][] = [
      ["*", "a/b"],
      ["a/*", "a/b/c"],
      ["a/*", "b/a"],
      ["?", ""],
      ["?", "/"],
      ["foo-?.tgz", "foo-10.tgz"],
      ["*.md", "README.MD"],
      ["[ab]", "a"],
      ["a.c", "abc"],
      ["*a*b", "ba"],
      ["a", "a "],
      ["a*", "ba"],
    ];
    for (const [pattern, path] of matching)
      check.ok(matchesPattern(pattern, path), `${pattern} ~ ${path}`);
    for (const [pattern, path] of others)
      check.ok(!matchesPattern(pattern, path), `${pattern} !~ ${path}`);
    const hard = `${"*a".repeat(200)}b`;
    check.ok(!matchesPattern(hard, "a".repeat(2000)), "and do not take for ever");
  },
};
