/** The life that the sweep kills: one order of two units, from order to pallet, by a station whose keys are open. */
import { join } from "node:path";
import { openLedger } from "../../provisioning/ledger/open.ts";
import { runLine } from "../../provisioning/line/line.ts";
import { folderPrinter } from "../../provisioning/line/printer.ts";
import { assembleStation, stationFolder } from "../../provisioning/line/station.ts";
import { makePrivateFolder } from "../../provisioning/private-file.ts";
import { simulatorTarget } from "./simulator.ts";

export interface SweepPapers {
  /** JSON of the order's release. */
  readonly release: string;
  readonly serials: readonly string[];
  /** Base64 of DER. */
  readonly authority: { readonly certificate: string; readonly privateKey: string };
  readonly anchor: string;
  readonly station: {
    readonly certificate: string;
    readonly privateKey: string;
    readonly recordsRoot: string;
  };
}

export const sweepOrder = "SWEEP";

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** Does whatever is left to do in `folder`. */
export async function liveOn(folder: string, papers: SweepPapers): Promise<void> {
  makePrivateFolder(stationFolder(folder, "one"));
  const station = assembleStation({
    folder,
    name: "one",
    ledger: await openLedger(join(folder, "ledger.db"), { create: true }),
    authority: {
      certificate: bytes(papers.authority.certificate),
      privateKey: bytes(papers.authority.privateKey),
    },
    anchors: [bytes(papers.anchor)],
    key: {
      certificate: bytes(papers.station.certificate),
      privateKey: bytes(papers.station.privateKey),
      recordsRoot: bytes(papers.station.recordsRoot),
    },
    leave: [],
  });
  const { ledger } = station;
  const { release, serials } = papers;
  const row = {
    name: sweepOrder,
    count: serials.length,
    release,
    ordered_at: new Date().toISOString(),
  };
  await ledger.order(row, serials);
  const target = simulatorTarget({ bay: join(folder, "bay") });
  const printer = folderPrinter(join(folder, "labels"), "svg");
  await runLine(station, { order: sweepOrder, target, printer });
  const labelled = await ledger.atStation("one", "labelled", 100);
  await ledger.advance(
    labelled.map(({ serial }) => serial),
    { from: "labelled", to: "shipped", station: "one", at: new Date() },
  );
  await target.close();
  await station.close();
}
