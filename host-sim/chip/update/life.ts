/**
 * The life of an update on a chip: N+1 is found, verified, fetched, tried and confirmed; N+2 is bad, and is given up.
 * Each stage is something that the owner, the desk or the flash saw.
 */
import { heapBytes } from "../../../device/platform/memory.ts";
import { decodeRecord } from "../../../device/update/boot.ts";
import { mirrors } from "../../../device/update/endpoint.ts";
import { Fault } from "../../../provisioning/fault.ts";
import { areasOn } from "../../fleet/claimed.ts";
import { walk } from "../../tour/stages.ts";
import { folderFiles, startUpdateServer } from "../../update-server/update-server.ts";
import type { Life } from "../tour.ts";
import type { Editions, ReleaseDesk } from "./releases.ts";

/** A busy machine's emulator takes its time; a bad image is watched for five minutes before it is given up. */
const patienceMs = 900_000;

interface Detail {
  readonly [name: string]: unknown;
}

interface Owned {
  readonly event?: string;
  readonly version?: string;
  readonly reason?: string;
}

export async function updateLife(
  { desk, unit, started, tell }: Life,
  releases: ReleaseDesk,
  { versions: [first, next, bad], fault }: Editions,
): Promise<void> {
  const [mirror] = mirrors;
  if (!mirror) throw new Error("no mirror");
  const credential = await desk.authority.issueServerCertificate([mirror.host]);
  const server = await startUpdateServer({ ...credential, files: folderFiles(releases.public) });
  desk.radio.route(mirror.host, mirror.port, server.port);
  const { id } = desk.papers;
  let last = started;
  const reached = (stage: string, saw: string) => {
    const now = performance.now();
    tell({ stage, ms: Math.round((now - last) * 10) / 10, saw });
    last = now;
  };
  const traced = waiterOf<[string, Detail]>((take) =>
    unit.on("trace", ({ room, event, detail = {} }) =>
      take([`${room} ${event}`, detail as Detail]),
    ),
  );
  const owner = waiterOf<Owned>((take) =>
    desk.owner.on("message", (_, topic, body) => {
      if (topic === "event") take(body as Owned);
    }),
  );
  const trace = (name: string) =>
    traced(([event]) => event === name, name).then(([, detail]) => detail);
  const heard = (event: string) => owner((one) => one.event === event, `the owner's ${event}`);
  const online = () =>
    desk.owner.next((topic, body) => topic === "availability" && body === "online", patienceMs);
  /** The release is found, verified, fetched and waits. */
  const fetch = async (version: string, why: string) => {
    const bytes = await releases.publish(version, why);
    reached("published", `${version}, ${bytes} bytes, at ${mirror.host}`);
    const begun = await unit.measure(true);
    const [offered, fetching, looked] = [
      heard("update-offered"),
      trace("update fetching"),
      trace("update looked"),
    ];
    const failed = Promise.race([trace("update failed"), trace("update refused")]);
    await desk.owner.wishForUpdate(id, "look", "check");
    const refuse = async () => {
      throw new Fault(`the unit did not take it: ${(await failed).reason}`);
    };
    await Promise.race([fetching, refuse()]);
    const verified = await unit.measure(true);
    reached("verified", `root to release, offered to the owner: ${takenBetween(begun, verified)}`);
    const before = server.served;
    const { outcome } = await Promise.race([looked, refuse()]);
    const { version: told } = await offered;
    const fetched = await unit.measure(true);
    reached(
      "fetched",
      `${outcome}, ${told}, ${server.served - before} bytes: ${takenBetween(verified, fetched)}`,
    );
  };
  /** Gives what starts; a bad image may be gone before a word of it has left the chip. */
  const install = async (version: string): Promise<string> => {
    const begins = trace("device started");
    await desk.owner.wishForUpdate(id, "now", "install");
    const { version: running } = await begins;
    await unit.measure();
    if (running === version) reached("on trial", `${version} was started by the bootloader`);
    return String(running);
  };
  try {
    await walk(desk, started, tell);
    last = performance.now();
    await fetch(next, "Mends a fault.");
    const [back, confirmed] = [online(), heard("update-confirmed")];
    must(await install(next), next);
    await back;
    reached("reconnected", "the new image is let in by the broker");
    const { version } = await confirmed;
    await unit.measure();
    reached("confirmed", `${version}, and the owner knows`);

    await fetch(bad, `Brings a fault: ${fault}.`);
    const given = heard("update-rolled-back");
    const tried = await install(bad);
    must(tried === bad ? String((await trace("device started")).version) : tried, next);
    reached("rolled back", `${next} runs again`);
    const { reason, version: badVersion } = await given;
    await unit.measure();
    reached("told", `the owner knows that ${badVersion} was given up: ${reason}`);

    unit.unplug();
    const record = decodeRecord(areasOn(unit.flash.clone()).system.read("update.slots"));
    const again = trace("device started");
    await unit.plug();
    const { version: kept } = await again;
    if (kept !== next || record.floor !== 1 || record.verdict?.version !== bad)
      throw new Fault(`after a power cut ${kept} runs, with ${JSON.stringify(record)}`);
    reached(
      "kept",
      `after a power cut ${kept} runs; floor ${record.floor}, ${first} and ${bad} stay out`,
    );
  } finally {
    await server.close();
  }
}

function must(running: string, expected: string): void {
  if (running !== expected) throw new Fault(`${running} started, not ${expected}`);
}

type Figures = Awaited<ReturnType<Life["unit"]["measure"]>>;

/** Slots and chunks at their highest need not have been so at the same time: their sum is no less than the most there was. */
function takenBetween(begun: Figures, ended: Figures): string {
  const alive = ({ alive: held }: Figures) => (held ? held.slots + held.chunks : 0);
  const most = ended.slotsPeak + ended.chunksPeak;
  const seconds = (((ended.ms ?? 0) - (begun.ms ?? 0)) / 1000).toFixed(1);
  return (
    `${seconds} s of the chip's time; JavaScript's ${heapBytes} B: ${alive(begun)} alive before, ` +
    `at most ${most - alive(begun)} above it (garbage included), ${alive(ended) - alive(begun)} after`
  );
}

/** Waits for the next of something that is told from now on. */
function waiterOf<Told>(listen: (take: (told: Told) => void) => void) {
  const waiting = new Set<(told: Told) => void>();
  listen((told) => {
    for (const one of [...waiting]) one(told);
  });
  return (accept: (told: Told) => boolean, what: string): Promise<Told> => {
    const heard = new Promise<Told>((resolve, reject) => {
      const late = setTimeout(() => reject(new Fault(`${what} did not come`)), patienceMs);
      late.unref();
      const take = (told: Told) => {
        if (!accept(told)) return;
        clearTimeout(late);
        waiting.delete(take);
        resolve(told);
      };
      waiting.add(take);
    });
    // Of two that are waited for, one may never come, and nobody asks for it any more.
    heard.catch(() => {});
    return heard;
  };
}
