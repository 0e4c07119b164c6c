/**
 * Where labels go: a printer's own command (nothing of the label stays on the station's disk), or a
 * folder for who prints by hand. `print` gives back, for each label, what a scanner reads off it.
 */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../fault.ts";
import type { Label } from "../label.ts";
import { labelSheet } from "../label-pdf.ts";
import { scanLabel } from "../label-scan.ts";
import { makePrivateFolder, removeDrafts, writePrivateFile } from "../private-file.ts";

export interface PrintJob {
  readonly serial: string;
  readonly label: Label;
  /** The signed security label of this unit, JSON; not secret. */
  readonly securityLabel: string;
}

export interface Printer {
  /** The set-up codes as they scan off the printed labels; undefined for one that does not. @throws Fault */
  print(jobs: readonly PrintJob[]): Promise<(string | undefined)[]>;
}

export const labelFormats = ["svg", "zpl", "pdf", "sheet"] as const;
export type LabelFormat = (typeof labelFormats)[number];

/** Files named by serial, replaced as a whole: printing again is the same file again. */
export function folderPrinter(folder: string, format: LabelFormat): Printer {
  return {
    async print(jobs) {
      makePrivateFolder(folder);
      const write = (name: string, content: Uint8Array | string) => {
        removeDrafts(join(folder, name));
        writePrivateFile(join(folder, name), content);
        return readFileSync(join(folder, name));
      };
      for (const { serial, securityLabel } of jobs) write(`${serial}.security.json`, securityLabel);
      if (format === "sheet") {
        const [first] = jobs;
        write(`sheet-${first?.serial}.pdf`, labelSheet(jobs.map(({ label }) => label.drawing)));
        // Each by itself: a sheet has many codes, and the first is not the others' proof.
        return jobs.map(({ label }) => scanLabel(label.pdf, "pdf"));
      }
      return jobs.map(({ serial, label }) =>
        scanLabel(write(`${serial}.${format}`, Buffer.from(label[format])), format),
      );
    },
  };
}

/** Removes what `folderPrinter` left of these units; the signed security labels stay. */
export function removeLabels(folder: string, serials: readonly string[]): void {
  for (const serial of serials)
    for (const name of [`${serial}.svg`, `${serial}.zpl`, `${serial}.pdf`, `sheet-${serial}.pdf`])
      rmSync(join(folder, name), { force: true });
}

/**
 * Hands each label to a command's standard input, e.g. `lp -d zebra -o raw` for ZPL. Serial and the
 * signed security label are in its environment; the password is in neither arguments nor environment.
 */
export function commandPrinter(command: string, format: Exclude<LabelFormat, "sheet">): Printer {
  return {
    async print(jobs) {
      const scanned: (string | undefined)[] = [];
      for (const { serial, label, securityLabel } of jobs) {
        const bytes = Buffer.from(label[format]);
        const environment = {
          ...withoutPassphrases(process.env),
          THIRTEEN_SERIAL: serial,
          THIRTEEN_SECURITY_LABEL: securityLabel,
        };
        await pipe(command, bytes, environment);
        scanned.push(scanLabel(bytes, format));
      }
      return scanned;
    },
  };
}

function withoutPassphrases(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(environment).filter((name) => !/PASSPHRASE|PIN$/.test(name));
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

function pipe(command: string, input: Uint8Array, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ["pipe", "ignore", "inherit"], env });
    child.on("error", (error) => reject(new Fault(`${command}: ${error.message}`)));
    child.on("exit", (status) =>
      status === 0
        ? resolve()
        : reject(
            new Fault(
              `the printer's command failed (${status}): ${command}; the label is not counted as printed`,
            ),
          ),
    );
    // A printer that hangs up early says so by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
