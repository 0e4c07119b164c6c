/** `init`: the root ceremony. */
import { Fault } from "../fault.ts";
import { makePrivateFolder } from "../private-file.ts";
import { takeStationLock } from "../station-lock.ts";
import { type Bench, boardsOf, checkAsUnit, keyFolder, pathsOnOffer } from "./desk.ts";
import { type Desk, deskExists, type KeyName, type OnlineKey, writeDesk } from "./desk-file.ts";
import { makeKey, type NamedSigner } from "./key-store.ts";
import type { OnlineRole } from "./metadata.ts";
import { type Periods, signRepository, signRoot } from "./repository.ts";
import type { KeyKind } from "./signer.ts";
import { putFiles, readerOf, stagedFolder } from "./staged.ts";

export interface InitOptions {
  readonly product: string;
  readonly boards: readonly string[];
  readonly rootKeys: number;
  readonly threshold: number;
  readonly keys: KeyKind;
  readonly periods: Periods;
  readonly isSample: boolean;
}

/** Makes the keys, the first root and an empty repository, staged. `desk.json` last: without it, nothing was made. */
export async function init(bench: Bench, options: InitOptions): Promise<Desk> {
  const { folder } = bench;
  if (deskExists(folder))
    throw new Fault(`${folder}: there is a release desk here already; see: status`);
  makePrivateFolder(folder);
  const unlock = takeStationLock(folder);
  try {
    const rootKeys = await makeRootKeys(bench, options);
    const online = {
      targets: await makeOnlineKey(bench, "targets", options.keys),
      snapshot: await makeOnlineKey(bench, "snapshot", options.keys),
      timestamp: await makeOnlineKey(bench, "timestamp", options.keys),
    };
    bench.progress(undefined);
    const desk: Desk = {
      v: 1,
      ...options,
      root: 1,
      rootKeys: rootKeys.map(nameOf),
      onlineKeys: {
        targets: nameOf(online.targets),
        snapshot: nameOf(online.snapshot),
        timestamp: nameOf(online.timestamp),
      },
      releases: [],
      unsigned: [],
      rekeyed: [],
    };
    stageFirst(bench, desk, rootKeys, online);
    writeDesk(folder, desk);
    return desk;
  } finally {
    unlock();
  }
}

type Online = Readonly<Record<"targets" | "snapshot" | "timestamp", NamedSigner>>;

function nameOf({ name, signer }: NamedSigner): KeyName & OnlineKey {
  return { name, id: signer.id };
}

/** Dealt out over the offline folders. */
async function makeRootKeys(
  bench: Bench,
  { rootKeys: count, keys: kind }: InitOptions,
): Promise<NamedSigner[]> {
  const keys: NamedSigner[] = [];
  for (let number = 1; number <= count; number++) {
    bench.progress(`making root key ${number} of ${count}`);
    const folder = bench.offline[(number - 1) % bench.offline.length]!;
    keys.push(await makeKey(folder, "root", bench.ask, kind));
  }
  return keys;
}

function makeOnlineKey(bench: Bench, role: OnlineRole, kind: KeyKind): Promise<NamedSigner> {
  bench.progress(`making the ${role} key`);
  return makeKey(keyFolder(bench), role, bench.ask, kind);
}

function stageFirst(
  bench: Bench,
  desk: Desk,
  rootKeys: readonly NamedSigner[],
  online: Online,
): void {
  const { now, folder } = bench;
  const root = signRoot({
    version: 1,
    now,
    days: desk.periods.root,
    threshold: desk.threshold,
    keys: {
      root: rootKeys.map(({ signer }) => signer),
      targets: [online.targets.signer],
      snapshot: [online.snapshot.signer],
      timestamp: [online.timestamp.signer],
    },
    isSample: desk.isSample,
    signers: rootKeys.map(({ signer }) => signer),
  });
  const { files } = signRepository({
    now,
    periods: desk.periods,
    signers: {
      targets: { current: online.targets.signer },
      snapshot: { current: online.snapshot.signer },
      timestamp: { current: online.timestamp.signer },
    },
    standing: new Map(),
    boards: boardsOf(desk),
    allBoards: boardsOf(desk),
    releases: [],
  });
  putFiles(bench, stagedFolder(folder), [["metadata/1.root.json", root], ...files]);
  checkAsUnit(bench, readerOf(stagedFolder(folder)), pathsOnOffer(desk));
}
