/**
 * Negative controls for the whole verifier: each guard is taken out, alone, and the attack it stands
 * against must then succeed, which turns the case of that attack red.
 */
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const metadata = fileURLToPath(new URL("../../device/update/metadata/", import.meta.url));

interface Guard {
  readonly file: string;
  /** Occurs exactly once. */
  readonly guard: string;
  readonly without: string;
  readonly cases: readonly string[];
}

const guard = (file: string, text: string, without: string, ...cases: string[]): Guard => ({
  file,
  guard: text,
  without,
  cases,
});

const guards: readonly Guard[] = [
  guard(
    "trusted-set.ts",
    "if (before && !meetsThreshold(before.root.roles.root, envelope, check))",
    "if (false)",
    "a root signed only by its new keys is refused",
    "a root one signature short of the old threshold is refused",
  ),
  guard(
    "trusted-set.ts",
    "if (!meetsThreshold(after.roles.root, envelope, check))",
    "if (false)",
    "a root signed only by the old keys is refused",
    "a first root that does not vouch for itself is not installed",
  ),
  guard(
    "trusted-set.ts",
    "after.version !== before.root.version + 1",
    "after.version <= before.root.version",
    "a root that skips a version is refused",
  ),
  guard(
    "trusted-set.ts",
    "after.version !== before.root.version + 1",
    "false",
    "the first root served again as the second is refused",
  ),
  guard(
    "trusted-set.ts",
    "return signers.length >= role.threshold ? { ...trusted, signers } : undefined;",
    "return trusted;",
    "a revoked timestamp key takes its version numbers with it",
    "a revoked snapshot key takes its version numbers with it",
  ),
  guard(
    "trusted-set.ts",
    "return signers.length >= role.threshold ? { ...trusted, signers } : undefined;",
    "return undefined;",
    "an added timestamp key does not open the way back to an older timestamp",
  ),
  guard(
    "trusted-set.ts",
    "if (version < timestamp.version)",
    "if (false)",
    "an older timestamp is refused though it names the same snapshot",
  ),
  guard(
    "trusted-set.ts",
    "refuseExpired(timestamp, verifier.now) ?? state",
    "state",
    "a frozen repository is noticed though its timestamp is the trusted one",
  ),
  guard(
    "trusted-set.ts",
    "if (version === timestamp.version)",
    "if (false)",
    "a timestamp re-signed with other contents under the same version changes nothing",
  ),
  guard(
    "trusted-set.ts",
    "if (snapshot.version < timestamp.snapshot.version)",
    "if (false)",
    "an old snapshot under a new timestamp is refused",
  ),
  guard(
    "trusted-set.ts",
    "const role = state.root.roles.timestamp;",
    "const role = { ...state.root.roles.timestamp, threshold: 0 };",
    "a timestamp signed by a stranger is refused",
    "a changed byte under good signatures is refused, for every role",
  ),
  guard(
    "trusted-set.ts",
    "const role = state.root.roles.snapshot;",
    "const role = { ...state.root.roles.snapshot, threshold: 0 };",
    "one signature short is refused, for every role",
  ),
  guard(
    "trusted-set.ts",
    "if (!meetsThreshold(role, envelope, verifier.check))",
    "if (false)",
    "a delegated role one signature short is refused",
    "a role is judged by the delegator that led to it",
  ),
  guard(
    "trusted-set.ts",
    'if (snapshot.sha256 === "unknown")',
    "if (false)",
    "a hash this client cannot compute is not skipped",
  ),
  guard(
    "trusted-set.ts",
    "const mismatch = refuseMismatch(named, bytes, verifier);",
    "const mismatch = undefined;",
    "files of different releases do not mix: a snapshot that is not the one named",
  ),
  guard(
    "trusted-set.ts",
    "const mismatch = refuseMismatch(file, bytes, verifier);",
    "const mismatch = undefined;",
    "files of different releases do not mix: targets that are not the ones listed",
    "the right version with the wrong hash is refused",
  ),
  guard(
    "trusted-set.ts",
    "if (length !== undefined && bytes.length !== length)",
    "if (false)",
    "a truncated file is refused",
  ),
  guard(
    "trusted-set.ts",
    "return header.version === version ? undefined",
    "return true ? undefined",
    "files of different releases do not mix: a snapshot that is not the one named",
    "files of different releases do not mix: targets that are not the ones listed",
  ),
  guard(
    "trusted-set.ts",
    "if (file.version < version)",
    "if (false)",
    "old targets under a new snapshot are refused",
  ),
  guard(
    "trusted-set.ts",
    'if (!file) return { refused: "role-removed" };',
    "if (!file) continue;",
    "a role that disappears from the snapshot is missed",
  ),
  guard(
    "trusted-set.ts",
    "return expires > now ?",
    "return true ?",
    "a frozen repository is noticed: timestamp past its date",
    "an expired snapshot or targets file is refused",
    "an expired delegated role is refused",
    "an expired root stops the refresh, but not its own replacement",
  ),
  guard(
    "trusted-set.ts",
    "return expires > now ?",
    "return expires >= now ?",
    "a frozen repository is noticed: timestamp past its date",
  ),
  guard(
    "trusted-set.ts",
    "encodeState(state).length <= limits.stateBytes",
    "true",
    "a snapshot with more roles than can be remembered is refused",
  ),
  guard(
    "role.ts",
    "!usable.some((other) => sameKey(other, key))",
    "true",
    "a key listed under two ids counts once",
  ),
  guard(
    "role.ts",
    "ids.indexOf(id) !== index",
    "false",
    "one id listed twice in a role is refused",
  ),
  guard(
    "role.ts",
    "!isKeyId(id, entry, sha256)",
    "false",
    "a key under an id that is not its own never counts",
  ),
  guard(
    "envelope.ts",
    "if (bytes.length > maxBytes)",
    "if (false)",
    "endless data given in spite of the limit is refused all the same",
  ),
  guard(
    "envelope.ts",
    "if (ids.some((id, index) => ids.indexOf(id) !== index))",
    "if (false)",
    "one signature counted twice is refused",
  ),
  guard(
    "envelope.ts",
    "if (ownType !== type)",
    "if (false)",
    "metadata of one role does not pass for another's",
  ),
  guard(
    "envelope.ts",
    "!/^1(\\.\\d+){1,2}$/.test(specification)",
    "false",
    "another major version of the specification is refused",
  ),
  guard(
    "refresh.ts",
    "if (rotations >= options.limits.rootRotations)",
    "if (false)",
    "an endless chain of roots is left after the agreed number",
  ),
  guard(
    "refresh.ts",
    "const expired = refuseExpiredRoot(standing.state, now);",
    "const expired = undefined as { refused: Reason } | undefined;",
    "an expired root stops the refresh, but not its own replacement",
  ),
  guard(
    "refresh.ts",
    "rotations === 0 && !accepted",
    "!accepted",
    "a new root is not passed over as nothing new: it may have revoked what was released",
  ),
  guard(
    "refresh.ts",
    "if ((file.length ?? 0) > limit)",
    "if (false)",
    "a listed length above the limit is not even fetched",
  ),
  guard(
    "refresh.ts",
    "/^[A-Za-z0-9_.~-]$/.test(character)",
    "true",
    "a role's name cannot lead out of the repository's folder",
  ),
  guard(
    "search.ts",
    "(one) => !visited.includes(one.name),",
    "() => true,",
    "a circle of delegations is walked once",
  ),
  guard(
    "search.ts",
    "verifier.limits.delegations - visited.length",
    "1000",
    "endless delegations are given up after the agreed number of roles",
    "a crowd of delegations does not fill the memory",
  ),
  guard(
    "search.ts",
    "covers(one, path, pathHash)",
    "true",
    "a role is not believed outside the paths it was given",
    "paths are checked at every step of the chain",
    "hash prefixes divide targets as paths do",
  ),
  guard(
    "search.ts",
    "...(last < 0 ? rest : [])",
    "...rest",
    "a terminating delegation has the last word",
  ),
  guard(
    "search.ts",
    "...children.reverse()",
    "...children",
    "delegations are searched depth first, in the delegator's order",
    "the first role that speaks for a target wins",
  ),
  guard(
    "targets.ts",
    "topLevelRoles.some((top) => top === name)",
    "false",
    "a delegated role cannot take the name of a top-level one",
  ),
  guard(
    "targets.ts",
    "delegations.some(({ name }) => name === delegation.name)",
    "false",
    "two delegations of one name in one file are refused",
  ),
  guard(
    "path-pattern.ts",
    "patterns.length === parts.length &&",
    "",
    "patterns match within a folder and nowhere else",
  ),
  guard(
    "noble-check.ts",
    "crypto.signatures().verifyEd25519(signature, message, bytes)",
    "true",
    "a whole repository under Ed25519 keys",
    "an Ed25519 signature is good for one key and one message",
  ),
  guard(
    "noble-check.ts",
    "crypto.ecdsa().verifyP256(signature, message, bytes)",
    "true",
    "a whole repository under ECDSA P-256 keys",
    "a key that is no point on the curve verifies nothing, and throws nothing",
  ),
];

type RunCase = (name: string) => string | undefined;

const entry = `
import { check } from "../suite.ts";
import { cases as curves } from "./curves.cases.ts";
import { cases as format } from "./format.cases.ts";
import { cases as root } from "./root.cases.ts";
import { cases as snapshot } from "./snapshot.cases.ts";
import { cases as targets } from "./targets.cases.ts";
const cases = { ...curves, ...format, ...root, ...snapshot, ...targets };
export function runCase(name) {
  if (!cases[name]) return "no such case";
  try { cases[name](check); } catch (error) { return error.message; }
}`;

/** The cases over the verifier as it is, or over one with a guard taken out. */
async function load(changed?: Guard): Promise<RunCase> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: here, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "made",
    platform: "neutral",
    mainFields: ["module", "main"],
    plugins: [
      {
        name: "without-guard",
        setup({ onLoad }) {
          onLoad({ filter: /update.metadata.[a-z-]+\.ts$/ }, ({ path }) => {
            const text = readFileSync(path, "utf8");
            const here = changed && basename(path) === changed.file;
            return { contents: here ? without(text, changed) : text, loader: "ts" };
          });
        },
      },
    ],
  });
  const code = outputFiles[0]?.text ?? "";
  return new Function(`${code}\nreturn made.runCase;`)() as RunCase;
}

function without(text: string, { guard: wanted, without: change }: Guard): string {
  return text.split(wanted).join(change);
}

for (const { file, guard: wanted, without: change, cases } of guards)
  test(`${file} without «${wanted}» → «${change}»`, async (t) => {
    const text = readFileSync(`${metadata}${file}`, "utf8");
    t.is(text.split(wanted).length, 2, "the guard stands in the source, once");
    const runCase = await load({ file, guard: wanted, without: change, cases });
    for (const name of cases) {
      const fault = runCase(name);
      t.truthy(fault, `still green: ${name}`);
      t.not(fault, "no such case", name);
    }
  });

test("the verifier as it is passes every one of these cases", async (t) => {
  const runCase = await load();
  for (const name of new Set(guards.flatMap(({ cases }) => cases)))
    t.is(runCase(name), undefined, name);
});
