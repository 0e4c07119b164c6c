/** Fills the shipped example files into a folder of their own: paths, ports and account only. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { toPem } from "../../../provisioning/certificate-authority.ts";
import { type BrokerOptions, type Grants, listOf } from "../broker-type.ts";
import { HOST } from "../listen.ts";
import { PERMISSIONS, topicOf } from "../topic-rules.ts";

/** Folder of the shipped examples. */
export const EXAMPLES = import.meta.dirname;

const PRODUCTION_FOLDER = "/etc/mosquitto/thirteen";

export interface SetUp {
  /** A folder only this user can read; keys and state go in. */
  readonly folder: string;
  readonly port: number;
  readonly ownersPort: number;
  /** Where the `*.example` files are; another folder only in tests that break a rule on purpose. */
  readonly examples: string;
}

/** Writes configuration, access rules, certificates and key; returns the configuration's path. */
export function writeSetUp(setUp: SetUp, options: BrokerOptions): string {
  const { folder, examples } = setUp;
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  const certificates = (der: Uint8Array | readonly Uint8Array[]) =>
    listOf(der)
      .map((one) => toPem("CERTIFICATE", one))
      .join("");
  mkdirSync(join(folder, "data"), { recursive: true, mode: 0o700 });
  write("server.pem", certificates(options.certificate));
  write("server.key", toPem("PRIVATE KEY", options.privateKey));
  write("device-ca.pem", certificates(options.deviceAnchor));
  write("owners-ca.pem", certificates(options.ownersAnchor));
  write("units.acl", readFileSync(join(examples, "units.acl.example"), "utf8"));
  write("owners.acl", readFileSync(join(examples, "owners.acl.example"), "utf8"));
  const { revocations } = options;
  if (revocations) {
    write("device-ca.crl.pem", toPem("X509 CRL", revocations.units));
    write("owners-ca.crl.pem", toPem("X509 CRL", revocations.owners));
  }
  const example = readFileSync(join(examples, "mosquitto.conf.example"), "utf8");
  // The example has the lines, as comments: a list that has run out refuses everybody.
  const lists = revocations ? example.replaceAll("\n# crlfile ", "\ncrlfile ") : example;
  write("mosquitto.conf", fillIn(lists, setUp));
  return join(folder, "mosquitto.conf");
}

/** The example with this set-up's places; a line the example no longer has is an error, not a gap. */
function fillIn(example: string, { folder, port, ownersPort }: SetUp): string {
  const places: readonly (readonly [line: string, filled: string])[] = [
    ["listener 8883", `listener ${port} ${HOST}`],
    ["listener 8884", `listener ${ownersPort} ${HOST}`],
    ["user mosquitto", `user ${userInfo().username}`],
    ["persistence_location /var/lib/mosquitto/", `persistence_location ${join(folder, "data")}/`],
  ];
  let text = example.replaceAll(`${PRODUCTION_FOLDER}/`, `${folder}/`);
  for (const [line, filled] of places) {
    if (!text.split("\n").includes(line))
      throw new Error(`mosquitto.conf.example has no line "${line}": it cannot be filled in.`);
    text = text.replace(`\n${line}\n`, `\n${filled}\n`);
  }
  return text;
}

/**
 * Owners' access rules: `shipped` (the text of the example) and a block for each owner, from the one
 * rules table.
 */
export function ownersRules(shipped: string, grants: Grants): string {
  const { publish, subscribe } = PERMISSIONS.owner;
  const lines = [shipped];
  for (const { owner, units } of grants) {
    lines.push(`user ${owner}`);
    for (const unit of units) {
      for (const leaf of publish) lines.push(`topic write ${topicOf(unit, leaf)}`);
      for (const leaf of subscribe) lines.push(`topic read ${topicOf(unit, leaf)}`);
    }
    lines.push("");
  }
  return lines.join("\n");
}
