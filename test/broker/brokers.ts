/** The brokers every rule is tested on, each as it ships and with its rules broken on purpose. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Broker, startBroker } from "../../host-sim/broker/broker.ts";
import { findMosquitto, startMosquitto } from "../../host-sim/broker/mosquitto/mosquitto.ts";
import { EXAMPLES } from "../../host-sim/broker/mosquitto/set-up.ts";
import type { Rules } from "../../host-sim/broker/topic-rules.ts";
import type { Authority } from "../../provisioning/certificate-authority.ts";
import type { Site } from "./site.ts";

export interface BrokerUnderTest {
  readonly name: Broker["name"];
  /** As it ships. */
  start(site: Site): Promise<Broker>;
  /** Everybody with a certificate may do everything. */
  startWithoutRules(site: Site): Promise<Broker>;
  /** Where units connect, the device CA's certificates are owners' and those of `other` units'. */
  startWithConfusedRoles(site: Site, other: Authority): Promise<Broker>;
}

export const openRules: Rules = {
  connect: () => "allowed",
  publish: () => "allowed",
  subscribe: () => "allowed",
  receive: () => "allowed",
};

const inProcess: BrokerUnderTest = {
  name: "in-process",
  start: (site) => startBroker(site.options),
  startWithoutRules: (site) =>
    startBroker({ ...site.options, rules: openRules, maxPacketBytes: 1_000_000 }),
  startWithConfusedRoles: (site, other) =>
    startBroker({
      ...site.options,
      deviceAnchor: other.certificate,
      ownersAnchor: [site.deviceAuthority.certificate, site.ownersAuthority.certificate],
    }),
};

const EXAMPLE_FILES = ["mosquitto.conf", "units.acl", "owners.acl"] as const;

/** Starts Mosquitto with the shipped examples as `change` leaves them; it must change something. */
export async function startChanged(
  site: Site,
  change: (file: (typeof EXAMPLE_FILES)[number], text: string) => string,
): Promise<Broker> {
  const examples = mkdtempSync(join(tmpdir(), "thirteen-examples-"));
  try {
    let changed = false;
    for (const file of EXAMPLE_FILES) {
      const shipped = readFileSync(join(EXAMPLES, `${file}.example`), "utf8");
      const text = change(file, shipped);
      changed ||= text !== shipped;
      writeFileSync(join(examples, `${file}.example`), text);
    }
    if (!changed) throw new Error("the control changes nothing");
    return await startMosquitto({ ...site.options, examples });
  } finally {
    rmSync(examples, { recursive: true, force: true });
  }
}

const mosquitto: BrokerUnderTest = {
  name: "mosquitto",
  start: (site) => startMosquitto(site.options),
  startWithoutRules: (site) =>
    startChanged(site, (file, text) =>
      file === "mosquitto.conf"
        ? text
            .replaceAll(/^(use_username_as_clientid|max_packet_size) .*$/gm, "")
            .replace("sys_interval 0", "sys_interval 1")
        : "pattern readwrite #\npattern readwrite $SYS/#\n",
    ),
  /** One listener for both CAs, as a set-up that saves a port would have it. */
  startWithConfusedRoles: (site, other) => {
    const all = [other, site.deviceAuthority, site.ownersAuthority].map((one) => one.certificate);
    return startChanged(
      { ...site, options: { ...site.options, deviceAnchor: all } },
      (file, text) =>
        file === "owners.acl"
          ? `${text}\npattern write units/%u/state\npattern read units/%u/command\n`
          : text.replace(/^(acl_file .*)units\.acl$/m, "$1owners.acl"),
    );
  },
};

export const mosquittoIsHere = findMosquitto() !== undefined;
export const brokersUnderTest = [inProcess, mosquitto];
