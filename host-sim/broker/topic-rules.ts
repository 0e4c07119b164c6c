/**
 * Who may do what on the broker: one table and the decisions read from it. Pure, so that the
 * in-process broker, the Mosquitto files and the page speak of the same rules.
 *
 * A peer is known by its certificate alone (EN 303 645 5.5-4): which CA issued it gives the
 * role, its common name gives the name. What MQTT itself says (client id, user name) proves nothing.
 */
import { discoveryTopic } from "../../device/link/topics.ts";

/** `unit`: certificate of the factory's device CA. `owner`: an owner's app, of the owners' CA. */
export type Role = "unit" | "owner";

/** A verified peer. `name` is the certificate's common name and the only client id it may use. */
export interface Peer {
  readonly role: Role;
  readonly name: string;
}

/**
 * The last level of `units/<id>/<leaf>`; "discovery" is `homeassistant/device/<id>/config`, where Home
 * Assistant looks for devices.
 */
export type Leaf =
  | "command"
  | "state"
  | "event"
  | "availability"
  | "diagnostics"
  | "sight"
  | "discovery";

/** Why a peer was refused once TLS had let it in. */
export type RuleRefusal =
  | "name"
  | "client-id"
  | "protocol"
  | "system-topic"
  | "wildcard"
  | "topic"
  | "not-granted"
  | "retained"
  | "qos"
  | "too-large";

export type Verdict = "allowed" | RuleRefusal;

/** What a publication or a will is judged by. */
export interface Message {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payloadBytes: number;
}

/** The fields of an MQTT CONNECT the rules read. `version` 4 is MQTT 3.1.1. */
export interface ConnectRequest {
  readonly version: number;
  readonly clientId: string;
  readonly will?: Message;
}

/** True when `owner` (a common name) was granted `unit` (an id). */
export type Granted = (owner: string, unit: string) => boolean;

/** Swapped as a whole in tests, to show that an attack succeeds where the rules are off. */
export interface Rules {
  connect(peer: Peer, request: ConnectRequest, granted: Granted): Verdict;
  publish(peer: Peer, message: Message, granted: Granted): Verdict;
  subscribe(peer: Peer, filter: string, qos: number, granted: Granted): Verdict;
  /** Judged again for each delivery, because grants are withdrawn and sessions outlive them. */
  receive(peer: Peer, topic: string, granted: Granted): Verdict;
}

/** The largest payload either side may publish, bytes. */
export const MAX_PAYLOAD_BYTES = 16_384;
/** The largest MQTT packet, bytes: a full payload, its topic (54 at most) and headers. */
export const MAX_PACKET_BYTES = 16_640;
/** QoS 2 is used by neither side; refusing it keeps its half-open handshakes out of memory. */
export const MAX_QOS = 1;

interface Permissions {
  readonly publish: readonly Leaf[];
  readonly subscribe: readonly Leaf[];
  /** Topics whose last message the broker may keep. Never `command`: it would be replayed later. */
  readonly retain: readonly Leaf[];
}

/** The rules table; `docs/brokers.md` and `mosquitto/*.acl.example` say the same. */
export const PERMISSIONS: Readonly<Record<Role | "watcher", Permissions>> = {
  unit: {
    publish: ["state", "event", "availability", "diagnostics", "sight", "discovery"],
    subscribe: ["command"],
    retain: ["state", "availability", "discovery"],
  },
  owner: {
    publish: ["command"],
    subscribe: ["state", "event", "availability", "diagnostics", "sight", "discovery"],
    retain: [],
  },
  // Who watches a fleet hears what `npm run watch` needs, and can order nothing.
  watcher: { publish: [], subscribe: ["event", "availability"], retain: [] },
};

/** A watcher is a peer of the owners' CA whose name says so: the CA decides who may bear it. */
const permissionsOf = ({ role, name }: Peer): Permissions =>
  PERMISSIONS[role === "owner" && name.startsWith("watcher-") ? "watcher" : role];

/** 128 random bits as 26 lower-case Crockford base-32 characters. */
const unitName = /^[0-9a-hjkmnp-tv-z]{26}$/;
/** A common name has at most 64 characters (RFC 5280 appendix A.1, ub-common-name). */
const ownerName = /^(?:owner-[0-9A-Za-z_-]{1,58}|watcher-[0-9A-Za-z_-]{1,56})$/;

/** A unit never bears an owner's name and the reverse: the role comes from the CA, not from here. */
export function isNameOf(role: Role, name: string): boolean {
  return (role === "unit" ? unitName : ownerName).test(name);
}

/** The only peer whose session can live under `clientId`: a client id is a name, and names tell roles. */
export function peerNamed(clientId: string): Peer | undefined {
  if (isNameOf("unit", clientId)) return { role: "unit", name: clientId };
  return isNameOf("owner", clientId) ? { role: "owner", name: clientId } : undefined;
}

const leaves: readonly Leaf[] = [
  "command",
  "state",
  "event",
  "availability",
  "diagnostics",
  "sight",
];

/** Where a unit's `leaf` is: the one table from names to topics. */
export const topicOf = (unit: string, leaf: Leaf): string =>
  leaf === "discovery" ? discoveryTopic(unit) : `units/${unit}/${leaf}`;

/** A topic of a unit taken apart; undefined for everything else. */
export function parseTopic(topic: string): { unit: string; leaf: Leaf } | undefined {
  const [root, first = "", second = ""] = topic.split("/");
  const discovery = root === "homeassistant" && first === "device";
  const unit = discovery ? second : first;
  const leaf = discovery ? "discovery" : leaves.find((one) => one === second);
  if (leaf === undefined || !unitName.test(unit)) return undefined;
  return topicOf(unit, leaf) === topic ? { unit, leaf } : undefined;
}

function mayUse(peer: Peer, topic: string, leaves: readonly Leaf[], granted: Granted): Verdict {
  if (topic.startsWith("$")) return "system-topic";
  if (/[+#]/.test(topic)) return "wildcard";
  const parsed = parseTopic(topic);
  if (!parsed || !leaves.includes(parsed.leaf)) return "topic";
  if (peer.role === "unit") return parsed.unit === peer.name ? "allowed" : "topic";
  return granted(peer.name, parsed.unit) ? "allowed" : "not-granted";
}

function publish(peer: Peer, message: Message, granted: Granted): Verdict {
  const permissions = permissionsOf(peer);
  const verdict = mayUse(peer, message.topic, permissions.publish, granted);
  if (verdict !== "allowed") return verdict;
  const leaf = parseTopic(message.topic)?.leaf;
  if (message.retain && !permissions.retain.some((allowed) => allowed === leaf)) return "retained";
  if (message.qos > MAX_QOS) return "qos";
  return message.payloadBytes > MAX_PAYLOAD_BYTES ? "too-large" : "allowed";
}

/** Authenticated and least-privileged (EN 303 645 5.5-4, 5.6-7). */
export const perUnitRules: Rules = {
  connect(peer, request, granted) {
    if (!isNameOf(peer.role, peer.name)) return "name";
    if (request.version !== 4) return "protocol";
    // One client id per certificate: another's id would throw that other off (MQTT-3.1.4-2).
    if (request.clientId !== peer.name) return "client-id";
    return request.will ? publish(peer, request.will, granted) : "allowed";
  },
  publish,
  subscribe(peer, filter, qos, granted) {
    const verdict = mayUse(peer, filter, permissionsOf(peer).subscribe, granted);
    return verdict === "allowed" && qos > MAX_QOS ? "qos" : verdict;
  },
  receive(peer, topic, granted) {
    return mayUse(peer, topic, permissionsOf(peer).subscribe, granted);
  },
};
