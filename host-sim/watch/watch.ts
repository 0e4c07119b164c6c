/** `npm run watch`: a line for each device or fleet that deviates, from a broker elsewhere. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { parseArgs } from "node:util";
import { errorCode, Fault } from "../../provisioning/fault.ts";
import { isNameOf } from "../broker/topic-rules.ts";
import type { TlsOptions } from "../broker/way-in.ts";
import { runCommandLine, UsageError, untilInterrupted, wholeNumber } from "../command-line.ts";
import { keepWatch } from "./broker-post.ts";
import { type Flag, mostUnits } from "./watcher.ts";

const usage = `usage: npm run watch -- --broker HOST:PORT --ca FILE --cert FILE --key FILE --units FILE
                        [--server-name NAME] [--json]

  --broker       where owners' apps connect, by MQTT over TLS
  --ca           PEM: the root of the broker's certificate
  --cert, --key  PEM: what the watcher proves itself with, a certificate of the owners' CA
  --units        the ids to watch, one a line (# begins a comment); each granted to the certificate's name
  --server-name  the name in the broker's certificate, if it is not HOST
  --json         each flag as one line of JSON on standard output

It asks for security events and availability and for no report, keeps counts in memory and nothing on
the disk, and ends at Ctrl+C. What it says of itself goes to standard error.`;

await runCommandLine(usage, async () => {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      ...{ broker: text, ca: text, cert: text, key: text, units: text, "server-name": text },
      json: { type: "boolean", default: false },
    },
  });
  const needed = (option: "broker" | "ca" | "cert" | "key" | "units"): string => {
    const value = values[option];
    if (value === undefined) throw new UsageError(`--${option} is missing`);
    return value;
  };
  const { host, port } = addressIn(needed("broker"));
  const [ca, cert, key] = [needed("ca"), needed("cert"), needed("key")];
  const units = unitsIn(needed("units"));
  const { tls, name } = credentialIn(ca, cert, key, values["server-name"] ?? nameOf(host));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  let flags = 0;

  const interrupted = untilInterrupted();
  const watch = await keepWatch(
    { host, port, tls, name, units },
    {
      onFlag: (flag) => {
        flags += 1;
        console.log(values.json ? JSON.stringify(flag) : lineOf(flag));
      },
      onNote: say,
    },
  );
  say(`Watching ${counted(units.length, "unit")} at ${host}:${port} as ${name}; Ctrl+C ends it.`);
  try {
    await Promise.race([interrupted, watch.refused]);
  } finally {
    await watch.close();
  }
  say(`${counted(flags, "flag")} raised.`);
});

function lineOf({ atMs, signal, about, events, words }: Flag): string {
  return `${new Date(atMs).toISOString()}  ${signal}  ${about}  ${counted(events, "event")}  ${words}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** An address is in no server name (RFC 6066 section 3); it is then verified as an address. */
function nameOf(host: string): string {
  return isIP(host) === 0 ? host : "";
}

function addressIn(broker: string): { host: string; port: number } {
  const [, bare, bracketed, port] = /^(?:([^:[\]/]+)|\[([^\]]+)\]):([0-9]+)$/.exec(broker) ?? [];
  const host = bare ?? bracketed;
  if (host === undefined || port === undefined)
    throw new UsageError(`--broker ${broker}: give HOST:PORT`);
  return { host, port: wholeNumber("--broker port", port, 1, 65_535) };
}

function read(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Fault(`--${option} ${file} cannot be read (${errorCode(error)})`);
  }
}

function unitsIn(file: string): readonly string[] {
  const units = new Set<string>();
  for (const [index, line] of read("units", file).split("\n").entries()) {
    const unit = line.replace(/#.*/, "").trim();
    if (unit === "") continue;
    if (!isNameOf("unit", unit))
      throw new Fault(`--units ${file}, line ${index + 1} is no unit's id (26 characters)`);
    units.add(unit);
  }
  if (units.size === 0) throw new Fault(`--units ${file} names no unit: give one id a line`);
  if (units.size > mostUnits)
    throw new Fault(`--units ${file} names more than ${mostUnits} units: watch them in parts`);
  return [...units];
}

/** Read and tried before anything is dialled: a key that does not fit is not the broker's affair. */
function credentialIn(
  ca: string,
  cert: string,
  key: string,
  servername: string,
): { tls: TlsOptions; name: string } {
  const tls = {
    ca: read("ca", ca),
    cert: read("cert", cert),
    key: read("key", key),
    servername,
  };
  certificateIn("ca", ca, tls.ca);
  const name: unknown = certificateIn("cert", cert, tls.cert).toLegacyObject().subject.CN;
  // Several common names come as an array: nobody can say which one is meant.
  if (typeof name !== "string")
    throw new Fault(`--cert ${cert} has no single common name: the broker knows nobody without`);
  try {
    createSecureContext({ cert: tls.cert, key: tls.key });
  } catch {
    throw new Fault(`--key ${key} is not the PEM key, without passphrase, of --cert ${cert}`);
  }
  return { tls, name };
}

function certificateIn(option: string, file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Fault(`--${option} ${file} holds no certificate in PEM`);
  }
}
