/** `rotate` and `revoke --key`: a new root, signed by enough keys of the root before it and of itself. */
import { join } from "node:path";
import { Fault } from "../fault.ts";
import { readOptionalFile } from "../private-file.ts";
import { check, firstState } from "./check.ts";
import { atDesk, type Bench, keyFolder } from "./desk.ts";
import { type Desk, type KeyName, type OnlineKey, writeDesk } from "./desk-file.ts";
import { makeKey, openKey } from "./key-store.ts";
import type { OnlineRole, TopLevelRole } from "./metadata.ts";
import { signRoot } from "./repository.ts";
import type { PublicKey, Signer } from "./signer.ts";
import { parseSigned, putFiles, readerOf, readStaged, stagedFolder } from "./staged.ts";

export interface Rotated {
  readonly root: number;
  /** Id of the key that is no more, and of the one in its place; neither when only renewed. */
  readonly replaced?: string;
  readonly by?: string;
  readonly role?: TopLevelRole;
}

/** Without a role the root is renewed: the same keys, a new date. */
export function rotate(bench: Bench, role?: TopLevelRole, key?: string): Promise<Rotated> {
  return atDesk(bench, (desk) => {
    if (role === undefined) return newRoot(bench, desk, {});
    if (role === "root") {
      const old = key === undefined ? desk.rootKeys[0]! : keyNamed(desk.rootKeys, key);
      return replaceRootKey(bench, desk, old);
    }
    return replaceOnlineKey(bench, desk, role, { isLost: false });
  });
}

/** A key that is lost or in wrong hands; its id may be shortened. It signs nothing any more. */
export function revokeKey(bench: Bench, id: string): Promise<Rotated> {
  return atDesk(bench, (desk) => {
    const roles: readonly OnlineRole[] = ["targets", "snapshot", "timestamp"];
    const role = roles.find((name) => isNamed(desk.onlineKeys[name], id));
    return role
      ? replaceOnlineKey(bench, desk, role, { isLost: true })
      : replaceRootKey(bench, desk, keyNamed(desk.rootKeys, id));
  });
}

function isNamed(key: KeyName, id: string): boolean {
  return key.name === id || (id.length >= 8 && key.id.startsWith(id));
}

function keyNamed(keys: readonly KeyName[], id: string): KeyName {
  const key = keys.find((one) => isNamed(one, id));
  if (key) return key;
  throw new Fault(`no key ${id} in use; see: status`);
}

async function replaceRootKey(bench: Bench, desk: Desk, old: KeyName): Promise<Rotated> {
  bench.progress("making a root key");
  const folder = folderOf(bench, old) ?? bench.offline[0]!;
  const { name, signer } = await makeKey(folder, "root", bench.ask, desk.keys ?? "ed25519");
  const kept = desk.rootKeys.filter(({ id }) => id !== old.id);
  const rootKeys = [...kept, { name, id: signer.id }];
  return newRoot(bench, desk, { rootKeys, made: signer, role: "root", old });
}

async function replaceOnlineKey(
  bench: Bench,
  desk: Desk,
  role: OnlineRole,
  { isLost }: { isLost: boolean },
): Promise<Rotated> {
  const { retiring, ...old } = desk.onlineKeys[role];
  if (retiring && !isLost)
    throw new Fault(`the ${role} key was rotated already; sign and publish that first`);
  bench.progress(`making a ${role} key`);
  const { name, signer } = await makeKey(keyFolder(bench), role, bench.ask, desk.keys ?? "ed25519");
  const next: OnlineKey = { name, id: signer.id, ...(!isLost && { retiring: old }) };
  const onlineKeys = { ...desk.onlineKeys, [role]: next };
  return newRoot(bench, desk, { onlineKeys, made: signer, role, old });
}

interface Change extends Partial<Pick<Desk, "rootKeys" | "onlineKeys">> {
  readonly made?: Signer;
  readonly role?: TopLevelRole;
  readonly old?: KeyName;
}

async function newRoot(bench: Bench, desk: Desk, change: Change): Promise<Rotated> {
  const { made, role, old, ...keys } = change;
  const version = desk.root + 1;
  const next: Desk = {
    ...desk,
    ...keys,
    root: version,
    rekeyed:
      role === undefined || role === "root" ? desk.rekeyed : [...new Set([...desk.rekeyed, role])],
  };
  const known = publicKeys(bench, desk);
  const described = ({ id }: KeyName) => (made?.id === id ? made : known(id));
  const root = signRoot({
    version,
    now: bench.now,
    days: desk.periods.root,
    threshold: desk.threshold,
    keys: {
      root: next.rootKeys.map(described),
      targets: [described(next.onlineKeys.targets)],
      snapshot: [described(next.onlineKeys.snapshot)],
      timestamp: [described(next.onlineKeys.timestamp)],
    },
    isSample: desk.isSample,
    signers: await rootSigners(bench, desk, next, made),
  });
  bench.progress(undefined);
  checkRoot(bench, version, root);
  putFiles(bench, stagedFolder(bench.folder), [[`metadata/${version}.root.json`, root]]);
  writeDesk(bench.folder, next);
  return {
    root: version,
    ...(role && { role }),
    ...(made && old && { replaced: old.id, by: made.id }),
  };
}

/** Opens no more keys than it takes, those that count for both roots first. */
async function rootSigners(
  bench: Bench,
  desk: Desk,
  next: Desk,
  made: Signer | undefined,
): Promise<Signer[]> {
  const isIn = (keys: readonly KeyName[], id: string) => keys.some((key) => key.id === id);
  const signers: Signer[] = made && isIn(next.rootKeys, made.id) ? [made] : [];
  const lacks = ({ rootKeys, threshold }: Desk) =>
    signers.filter(({ id }) => isIn(rootKeys, id)).length < threshold;
  const leaving = desk.rootKeys.filter(({ id }) => !isIn(next.rootKeys, id));
  const staying = desk.rootKeys.filter(({ id }) => isIn(next.rootKeys, id));
  for (const key of [...staying, ...leaving]) {
    if (!lacks(desk) && !lacks(next)) break;
    const folder = folderOf(bench, key);
    bench.progress(`signing with ${key.name}`);
    const signer = folder && (await openKey(folder, key, bench.ask));
    if (signer) signers.push(signer);
  }
  bench.progress(undefined);
  if (lacks(desk) || lacks(next))
    throw new Fault(
      `a new root takes ${desk.threshold} root keys, found fewer in ${bench.offline.join(", ")}; give every --offline folder there is`,
    );
  return signers;
}

function folderOf(bench: Bench, { name }: KeyName): string | undefined {
  return bench.offline.find((folder) => readOptionalFile(join(folder, `${name}.key`)));
}

/** The public halves, from the root that stands. */
function publicKeys(bench: Bench, desk: Desk): (id: string) => PublicKey {
  const path = `metadata/${desk.root}.root.json`;
  const { keys } = parseSigned(readStaged(bench.folder, path), path) as unknown as {
    keys: Record<string, PublicKey["key"]>;
  };
  return (id) => {
    const key = keys[id];
    if (!key) throw new Fault(`${path}: does not know key ${id}; restore it from your backup`);
    return { id, key };
  };
}

/** Units must be able to follow; what the new keys sign is not there yet. */
function checkRoot(bench: Bench, version: number, root: Uint8Array): void {
  const staged = readerOf(stagedFolder(bench.folder));
  const path = `metadata/${version}.root.json`;
  const first = firstState(readStaged(bench.folder, "metadata/1.root.json"), bench.now);
  const { state, refused } = check(
    first,
    (file) => (file === path ? root : staged(file)),
    bench.now,
  );
  if (state.root.version !== version)
    throw new Fault(`units would refuse the new root (${refused}); nothing was changed`);
}
