/** The security label: made and signed by the maker, checked by whoever sells. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkLabelFile } from "../check-label.ts";
import { Fault } from "../fault.ts";
import { writePrivateFile } from "../private-file.ts";
import {
  securityLabel,
  securityLabelSvg,
  securityLines,
  signSecurityLabel,
} from "../security-label.ts";
import { atStation, type Command, needed, say } from "./command.ts";

/** As picture, as text and as signed JSON: of each named unit, or of the model. Nothing in it is secret. */
export const makeSecurityLabel: Command = (settings, surroundings) =>
  atStation(settings, surroundings, async (station) => {
    const folder = needed(settings.files[0], "a folder: security-label DIR [--serial SERIAL]");
    for (const serial of settings.serials)
      if (!(await station.ledger.unit(serial)))
        throw new Fault(`no unit ${serial} is in this factory's ledger; nothing was written`);
    mkdirSync(folder, { recursive: true });
    const units = settings.serials.length > 0 ? settings.serials : [undefined];
    const files = units.flatMap((serial) => {
      const label = securityLabel(serial);
      const forms = {
        "security.svg": securityLabelSvg(label),
        "security.txt": `${securityLines(label).join("\n")}\n`,
        "security.json": `${JSON.stringify(signSecurityLabel(label, station), null, 2)}\n`,
      };
      return Object.entries(forms).map(([ending, content]) => {
        const file = join(folder, `${serial ?? label.model.replace(/[^\w-]+/g, "-")}.${ending}`);
        writePrivateFile(file, content, 0o644);
        return file;
      });
    });
    say(settings, surroundings, { files }, files.join("\n"));
  });

export const checkLabel: Command = async (settings, surroundings) => {
  const [file] = settings.files;
  const verdict = checkLabelFile(
    needed(file, "a file: check-label FILE --key KEY"),
    needed(settings.key, "--key FILE, the maker's key"),
    new Date(),
  );
  if (settings.json) surroundings.print(`${JSON.stringify(verdict)}\n`);
  if (!verdict.ok) throw new Fault(`NOT OK: ${verdict.reason}: ${verdict.detail}`);
  if (settings.json) return;
  const { label: said, daysLeft } = verdict;
  const months = Math.floor(daysLeft / 30.44);
  surroundings.print(
    `OK: ${said.product} (${said.model}) of ${said.maker}${said.serial ? `, serial ${said.serial}` : ""}\n` +
      `Security updates until ${said.support.end}: ${months} more months\n` +
      `Report a weakness: ${said.vulnerabilities.contact}\n` +
      (said.sample ? "This is a SAMPLE product: it is nobody's to sell\n" : ""),
  );
};
