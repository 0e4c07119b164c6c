/** The maker's side of updates at a desk: a repository with keys of its own, on a host of its own. */
import { version as builtVersion } from "../../device/about/version.ts";
import { mirrors } from "../../device/update/endpoint.ts";
import type { Release } from "../../provisioning/release/catalogue.ts";
import type { ServiceAuthority } from "../../provisioning/service-authority.ts";
import type { Clock } from "../board/clock.ts";
import type { NorFlash } from "../board/nor-flash.ts";
import { boardPartitions } from "../board/partitions.ts";
import type { Radio } from "../board/radio.ts";
import { encodeImage, writeSlot } from "../bootloader/image.ts";
import { eraseOtaData } from "../bootloader/ota-data.ts";
import { areasOn } from "../fleet/claimed.ts";
import { bundleFirmware } from "../runtime/bundle.ts";
import type { Changes } from "../runtime/variants.ts";
import { ReleaseRepository } from "../update-server/release-repository.ts";
import { startUpdateServer, type UpdateServer } from "../update-server/update-server.ts";

export interface Edition extends Partial<Omit<Release, "image" | "deltas">> {
  /** What else is different in this firmware, e.g. a fault (`runtime/variants.ts`). */
  readonly changes?: Changes;
  /** Makes a delta from the edition before it, too. */
  readonly delta?: boolean;
}

export interface DeskUpdates {
  readonly repository: ReleaseRepository;
  readonly server: UpdateServer;
  /** Text of the root that this desk's firmware trusts. */
  readonly root: string;
  /** Builds the next firmware and publishes it. */
  publish(edition?: Edition): Promise<Release>;
  close(): Promise<void>;
}

export async function openUpdates({
  authority,
  radio,
  clock,
}: {
  authority: ServiceAuthority;
  radio: Radio;
  clock: Clock;
}): Promise<DeskUpdates> {
  const { host, port } = mirrors[0]!;
  const repository = new ReleaseRepository({ now: new Date(clock.wall()) });
  const credential = await authority.issueServerCertificate([host]);
  const server = await startUpdateServer({ ...credential, files: repository.files });
  radio.route(host, port, server.port);
  const root = new TextDecoder().decode(repository.firstRoot);
  let newest: Promise<Uint8Array> | undefined;
  return {
    repository,
    server,
    root,
    async publish({ changes, delta = false, ...facts } = {}) {
      const counter = facts.counter ?? repository.releases.length + 1;
      const version = facts.version ?? versionAfter(builtVersion, counter);
      const before = newest ?? firmwareImage(root);
      const image = await firmwareImage(root, version, changes);
      newest = Promise.resolve(image);
      repository.now = new Date(clock.wall());
      const from = delta ? [await before] : [];
      return repository.offer({ ...facts, counter, version, image, from });
    },
    close: () => server.close(),
  };
}

async function firmwareImage(root: string, version?: string, changes: Changes = {}) {
  const build = version === undefined ? { changes } : { version, changes };
  return encodeImage((await bundleFirmware({ root, ...build })).source);
}

/** "1.2.3" and 4 → "1.2.7". */
function versionAfter(version: string, releases: number): string {
  const [major, minor, patch] = version.split(".");
  return `${major}.${minor}.${Number(patch) + releases}`;
}

/**
 * Puts the firmware of today on a chip, as a developer does by cable: whatever it has learnt of another
 * repository is forgotten, and it starts from the first slot.
 */
export async function flashByCable(flash: NorFlash, root?: string): Promise<void> {
  const partitions = boardPartitions();
  const { source } = await bundleFirmware(root === undefined ? {} : { root });
  flash.powerOn();
  writeSlot(flash, partitions, 0, source);
  eraseOtaData(flash, partitions);
  const { system } = areasOn(flash);
  for (const key of system.keys()) if (key.startsWith("update.")) system.delete(key);
}
