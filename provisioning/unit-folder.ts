/**
 * What the line hands on for a unit, `<out>/<serial>/`: `factory.bin` for the flash, `label.svg` and
 * `label.txt`, and `certificate.pem`. The image and the labels are the unit's secrets: flash, print,
 * then delete. The folder is staged before the unit is recorded and renamed after, so that neither a
 * crash nor a full disk can part a record from its secrets.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fingerprint, toPem } from "./certificate-authority.ts";
import type { Factory, IssuedUnit } from "./factory.ts";
import { makePrivateFolder, renameInPlace, writePrivateFile } from "./private-file.ts";

export interface UnitFolders {
  stage(unit: IssuedUnit): void;
  /** Gives the staged folder its name, and returns it. */
  publish(serial: string): string;
  /** Finishes what an interrupted run left: recorded units are published, others deleted. */
  settle(): Promise<void>;
}

/** The folders of `factory`'s units in `out`. */
export function unitFolders(out: string, factory: Factory): UnitFolders {
  // Another factory's staged units in the same folder are not ours to judge.
  const prefix = `.staged-${fingerprint(factory.deviceAuthority.certificate).slice(0, 8)}-`;
  const publish = (serial: string) => {
    const folder = join(out, serial);
    renameInPlace(join(out, prefix + serial), folder);
    return folder;
  };
  return {
    publish,
    stage(unit) {
      const folder = join(out, prefix + unit.serial);
      makePrivateFolder(folder);
      writePrivateFile(join(folder, "factory.bin"), unit.identityImage);
      writePrivateFile(join(folder, "label.svg"), unit.label.svg);
      writePrivateFile(join(folder, "label.txt"), unit.label.text);
      writePrivateFile(join(folder, "certificate.pem"), toPem("CERTIFICATE", unit.certificate));
    },
    async settle() {
      makePrivateFolder(out);
      for (const name of readdirSync(out)) {
        if (!name.startsWith(prefix)) continue;
        const serial = name.slice(prefix.length);
        if (await factory.ledger.unit(serial)) publish(serial);
        else rmSync(join(out, name), { recursive: true, force: true });
      }
    },
  };
}
