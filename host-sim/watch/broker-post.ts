/**
 * The watcher at a broker elsewhere: a peer under the rules that hold for owners' apps (ADR 6), granted
 * the units it watches, each by its exact topics. It asks for security events and availability and for
 * no report: what it does not receive it cannot keep (EN 303 645 5.10-1, 6-4).
 */
import { connect, type MqttClient } from "mqtt";
import { Fault } from "../../provisioning/fault.ts";
import { parseTopic, topicOf } from "../broker/topic-rules.ts";
import { overTls, type TlsOptions } from "../broker/way-in.ts";
import type { Observed } from "./signals.ts";
import { type Flag, observedOf, Watcher } from "./watcher.ts";

export interface Post {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsOptions;
  /** The certificate's common name: the client id, and what the units are granted to. */
  readonly name: string;
  readonly units: readonly string[];
  /** Default 5,000: how long after a loss it dials again, ms. */
  readonly reconnectMs?: number;
}

export interface Lookout {
  onFlag(flag: Flag): void;
  /** One line about the watch itself: when it is blind, and when no longer. */
  onNote(line: string): void;
}

export interface Watch {
  /** Rejects with a `Fault` when the broker lets the watcher in no longer. */
  readonly refused: Promise<never>;
  close(): Promise<void>;
}

const watched = ["event", "availability"] as const;
const connectTimeoutMs = 10_000;

/** Resolves once every unit is watched. @throws Fault */
export async function keepWatch(post: Post, { onFlag, onNote }: Lookout): Promise<Watch> {
  const { host, port, name, units, tls, reconnectMs = 5_000 } = post;
  const watcher = new Watcher();
  const ours = new Set(units);
  // The fleet is all that are watched, not only those that have spoken.
  for (const unit of units) watcher.observe({ atMs: Date.now(), type: "disconnected", unit });
  const client = connect({
    ...overTls(tls),
    ...{ host, port, clientId: name, protocolVersion: 4, resubscribe: false },
    ...{ connectTimeout: connectTimeoutMs, reconnectPeriod: reconnectMs },
  });
  client.on("message", (topic, payload, { retain }) => {
    const { unit = "", leaf } = parseTopic(topic) ?? {};
    if (!ours.has(unit) || leaf === undefined) return;
    const seen = observed(unit, topic, payload, retain);
    for (const flag of seen ? watcher.observe(seen) : []) onFlag(flag);
  });
  try {
    await connected(client, post);
    const denied = await subscribe(client, units);
    if (denied.length > 0) throw new Fault(notGranted(post, denied));
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
  client.on("close", () => onNote("The broker is lost: blind until it is back."));
  client.on("connect", () => {
    // What was numbered meanwhile was not cut out of a journal: nobody was here to hear it.
    watcher.wasAway();
    void subscribe(client, units).then(
      (denied) => onNote(denied.length > 0 ? notGranted(post, denied) : "Back at the broker."),
      () => {},
    );
  });
  const refused = new Promise<never>((_, reject) => {
    client.on("error", (error) => {
      if (isRefusal(error)) reject(whyNot(error, post));
    });
  });
  // A watch that is closed first has nobody who waits for this.
  refused.catch(() => {});
  return {
    refused,
    close: async () => {
      client.removeAllListeners("close");
      await client.endAsync(!client.connected);
    },
  };
}

/** What a message says of its unit: a live "online" is a connection; what was retained is old news. */
function observed(
  unit: string,
  topic: string,
  payload: Uint8Array,
  retain: boolean,
): Observed | undefined {
  if (retain) return undefined;
  const atMs = Date.now();
  if (topic === topicOf(unit, "event"))
    return observedOf({ type: "published", name: unit, topic, payload, retain }, atMs);
  const online = Buffer.from(payload).toString() === "online";
  return { atMs, type: online ? "connected" : "disconnected", unit };
}

/** The units whose topics the broker does not hand out; Mosquitto never says so. */
async function subscribe(client: MqttClient, units: readonly string[]): Promise<string[]> {
  const answers = await Promise.allSettled(
    units.map((unit) =>
      client.subscribeAsync(
        watched.map((leaf) => topicOf(unit, leaf)),
        { qos: 1 },
      ),
    ),
  );
  return units.filter((_, index) => answers[index]?.status === "rejected");
}

function connected(client: MqttClient, post: Post): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve());
    client.on("error", (error) => reject(whyNot(error, post)));
    // A broker that knows the certificate's CA but not its bearer closes without a word.
    client.once("close", () => reject(new Fault(refusal(post))));
  });
}

const notGranted = ({ name, units }: Post, denied: readonly string[]) =>
  `The broker does not let ${name} watch ${denied.length} of ${units.length} units (${denied[0]}, …): grant them to it`;

const refusal = ({ name }: Post) =>
  `The broker did not let ${name} in: its certificate must be of the owners' CA, valid and not revoked`;

const codeOf = (error: Error): string => String((error as { code?: unknown }).code ?? "");

/** By MQTT's own answer (3.1.1 section 3.2.2.3) or a TLS alert (RFC 8446 section 6.2). */
const isRefusal = (error: Error): boolean => /^[1-5]$|ALERT/.test(codeOf(error));

function whyNot(error: Error, post: Post): Fault {
  const at = `${post.host} port ${post.port}`;
  const code = codeOf(error);
  if (isRefusal(error) || code === "ECONNRESET" || code === "EPIPE")
    return new Fault(refusal(post));
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return new Fault(
      `The broker's certificate is not for ${post.tls.servername || post.host}: give the name it has with --server-name`,
    );
  if (/^ERR_SSL|^EPROTO$/.test(code))
    return new Fault(`What answers at ${at} does not speak TLS (${code})`);
  if (/CERT|SIGNATURE/.test(code))
    return new Fault(`The broker's certificate does not verify against --ca (${code})`);
  return new Fault(`No broker answers at ${at} (${code || error.message}): see that it runs there`);
}
