/**
 * The MQTT library of the in-process broker with the rules put where it asks, and bounds put where
 * it does not: what it stores for absent clients would otherwise skip the rules and grow for ever.
 */
import {
  Aedes,
  type AedesPublishPacket,
  type AuthenticateError,
  type Client,
  type ConnectPacket,
  type PublishPacket,
} from "aedes";
import type { Refusal } from "./broker-type.ts";
import {
  type Granted,
  type Message,
  type Peer,
  peerNamed,
  type Rules,
  type Verdict,
} from "./topic-rules.ts";

export interface RuledOptions {
  readonly rules: Rules;
  readonly granted: Granted;
  /** The verified peer of a connection; undefined is our own bug and refused. */
  readonly peerOf: (client: Client) => Peer | undefined;
  readonly isRevoked: (peer: Peer) => boolean;
  readonly connectTimeoutMs: number;
  readonly onRefused: (client: Client, reason: Refusal, topic?: string) => void;
}

/** How many messages wait for a client that is away; later ones are dropped. */
const MAX_QUEUED = 100;
/** How far a connected client may fall behind; one message more and aedes ends its connection. */
const MAX_UNACKNOWLEDGED = 1_000;
/** Longest keep-alive, seconds: a half-open connection is noticed within one and a half of it. */
const MAX_KEEP_ALIVE_S = 1_200;
const DRAIN_TIMEOUT_MS = 10_000;
/** MQTT 3.1.1 §3.2.2.3 return codes. */
const IDENTIFIER_REJECTED = 2;
const NOT_AUTHORISED = 5;

export async function startRuledAedes(options: RuledOptions): Promise<Aedes> {
  const { rules, granted, peerOf, isRevoked, onRefused } = options;
  const requests = new WeakMap<Client, ConnectPacket>();
  const judge = (client: Client, decide: (peer: Peer) => Verdict): Refusal | undefined => {
    const peer = peerOf(client);
    if (!peer) return "untrusted-certificate";
    if (isRevoked(peer)) return "revoked";
    const verdict = decide(peer);
    return verdict === "allowed" ? undefined : verdict;
  };
  const aedes = await Aedes.createBroker({
    connectTimeout: options.connectTimeoutMs,
    drainTimeout: DRAIN_TIMEOUT_MS,
    keepaliveLimit: MAX_KEEP_ALIVE_S,
    maxTopicLevels: 8,
    preConnect(client, packet, done) {
      requests.set(client, packet);
      done(null, true);
    },
    authenticate(client, _username, _password, done) {
      const packet = requests.get(client);
      const reason = judge(client, (peer) =>
        packet ? rules.connect(peer, connectRequest(packet), granted) : "protocol",
      );
      if (!reason) return done(null, true);
      onRefused(client, reason, packet?.will?.topic);
      const code = reason === "client-id" ? IDENTIFIER_REJECTED : NOT_AUTHORISED;
      done(refusedConnect(reason, code), null);
    },
    authorizePublish(client, packet, done) {
      // Only the library itself publishes without a client, and only below `$SYS`.
      if (!client) return done(null);
      const reason = judge(client, (peer) => rules.publish(peer, message(packet), granted));
      if (reason) onRefused(client, reason, packet.topic);
      // The connection ends: MQTT 3.1.1 has no other way to tell a publisher (§3.3.5).
      done(reason ? new Error(`refused: ${reason}`) : null);
    },
    authorizeSubscribe(client, subscription, done) {
      const { topic, qos } = subscription;
      const reason = judge(client, (peer) => rules.subscribe(peer, topic, qos, granted));
      if (reason) onRefused(client, reason, topic);
      done(null, reason ? null : subscription);
    },
    authorizeForward(client, packet: AedesPublishPacket) {
      const reason = judge(client, (peer) => rules.receive(peer, packet.topic, granted));
      return reason ? null : packet;
    },
  });
  guardSessions(aedes, options);
  return aedes;
}

function connectRequest(packet: ConnectPacket) {
  const { will } = packet;
  return {
    version: packet.protocolVersion ?? 0,
    clientId: packet.clientId,
    ...(will ? { will: message(will) } : {}),
  };
}

interface Publication {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly qos?: number;
  readonly retain?: boolean;
}

function message(packet: Publication): Message {
  return {
    topic: packet.topic,
    qos: packet.qos ?? 0,
    retain: packet.retain ?? false,
    payloadBytes: Buffer.byteLength(packet.payload),
  };
}

function refusedConnect(reason: Refusal, returnCode: number): AuthenticateError {
  return Object.assign(new Error(`refused: ${reason}`), { returnCode }) as AuthenticateError;
}

interface Subscription {
  readonly topic: string;
  readonly qos: number;
  readonly clientId: string;
}

/** The part of aedes' persistence that stores for a session; its types do not show it. */
interface SessionStore {
  addSubscriptions(client: Client, subscriptions: Subscription[]): Promise<void>;
  outgoingEnqueueCombi(subscriptions: Subscription[], packet: PublishPacket): Promise<void>;
  /** Resolves with the packet taken out of the queue, if there was one. */
  outgoingClearMessageId(client: Client, packet: unknown): Promise<unknown>;
}

/**
 * aedes 1.2 stores a whole SUBSCRIBE as soon as one of its filters is allowed, and queues without
 * end for a session that does not acknowledge. Both are judged and bounded here.
 */
function guardSessions(aedes: Aedes, { rules, granted, peerOf }: RuledOptions): void {
  const inside = aedes as unknown as {
    readonly persistence: SessionStore;
    readonly clients: Readonly<Record<string, Client>>;
  };
  const { persistence } = inside;
  const addSubscriptions = persistence.addSubscriptions.bind(persistence);
  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence);
  const clear = persistence.outgoingClearMessageId.bind(persistence);
  const queued = new Map<string, number>();

  persistence.addSubscriptions = (client, subscriptions) => {
    const peer = peerOf(client);
    const allowed = ({ topic, qos }: Subscription) =>
      peer && rules.subscribe(peer, topic, qos, granted) === "allowed";
    return addSubscriptions(client, subscriptions.filter(allowed));
  };
  persistence.outgoingEnqueueCombi = (subscriptions, packet) => {
    const wanted = subscriptions.filter(({ clientId }) => {
      const peer = peerNamed(clientId);
      if (!peer || rules.receive(peer, packet.topic, granted) !== "allowed") return false;
      const waiting = queued.get(clientId) ?? 0;
      const fits = waiting < (inside.clients[clientId] ? MAX_UNACKNOWLEDGED : MAX_QUEUED);
      if (fits) queued.set(clientId, waiting + 1);
      return fits;
    });
    return enqueue(wanted, packet);
  };
  persistence.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet);
    const waiting = queued.get(client.id) ?? 0;
    if (cleared && waiting > 1) queued.set(client.id, waiting - 1);
    else if (cleared) queued.delete(client.id);
    return cleared;
  };
}
