/**
 * The rules table as RabbitMQ asks for it: its HTTP authorisation back end sends each question
 * (who may log in, use a queue, write or read a topic) as a form, and takes "allow" or "deny".
 * So a cluster obeys the same table as the broker in the desk's process (EN 303 645 5.5-4, 5.6-7).
 *
 * RabbitMQ has verified the certificate; what arrives here is its common name, and no password.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type Grants, Watchers } from "../broker-type.ts";
import { listen } from "../listen.ts";
import { type Peer, peerNamed, type Rules } from "../topic-rules.ts";

/** Far beyond what RabbitMQ asks, bytes. */
const LONGEST_QUESTION = 4_096;

export interface RulesServiceOptions {
  readonly rules: Rules;
  readonly grants: Grants;
  readonly revoked: ReadonlySet<string>;
}

type Form = ReadonlyMap<string, string>;

export class RulesService {
  /** Swapped by tests, to show that an attack succeeds where the rules are off. */
  rules: Rules;
  readonly watchers = new Watchers();
  readonly #grants: Grants;
  readonly #revoked: ReadonlySet<string>;
  readonly #server: Server;
  #port = 0;

  constructor({ rules, grants, revoked }: RulesServiceOptions) {
    this.rules = rules;
    this.#grants = grants;
    this.#revoked = revoked;
    this.#server = createServer((request, response) => {
      response.setHeader("Content-Type", "text/plain");
      questionIn(request).then(
        (form) => response.end(this.#answer(request.url ?? "", form) ? "allow" : "deny"),
        () => response.writeHead(400).end("deny"),
      );
    });
  }

  get port(): number {
    return this.#port;
  }

  async open(port = 0): Promise<void> {
    this.#port = await listen(this.#server, port);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(path: string, form: Form): boolean {
    const name = form.get("username") ?? "";
    const peer = peerNamed(name);
    if (!peer || this.#revoked.has(name)) {
      if (path === "/user")
        this.watchers.tell({
          type: "refused",
          reason: peer ? "revoked" : "name",
          remote: "?",
          name,
        });
      return false;
    }
    if (path === "/user") return true;
    // The client id is told with this question and not with the first; both are part of logging in.
    if (path === "/vhost") return form.get("vhost") === "/" && this.#mayConnect(peer, form);
    if (path === "/resource") return this.#mayUse(peer, form);
    return path === "/topic" && this.#mayExchange(peer, form);
  }

  #mayConnect(peer: Peer, form: Form): boolean {
    const clientId = form.get("client_id") ?? "";
    const verdict = this.rules.connect(peer, { version: 4, clientId }, this.#grants.has);
    if (verdict === "allowed") return true;
    this.watchers.tell({ type: "refused", reason: verdict, remote: "?", name: peer.name });
    return false;
  }

  /** RabbitMQ keeps a session in queues named after its client id; messages pass one exchange. */
  #mayUse(peer: Peer, form: Form): boolean {
    const [resource, name = ""] = [form.get("resource"), form.get("name")];
    if (resource === "exchange")
      return name === "amq.topic" && form.get("permission") !== "configure";
    return (
      resource === "queue" &&
      (name === `mqtt-subscription-${peer.name}qos0` ||
        name === `mqtt-subscription-${peer.name}qos1`)
    );
  }

  #mayExchange(peer: Peer, form: Form): boolean {
    // AMQP's spelling of a topic (RabbitMQ writes "." for "/" and "*" for "+").
    const topic = (form.get("routing_key") ?? "").replaceAll(".", "/").replaceAll("*", "+");
    const writing = form.get("permission") === "write";
    const verdict = writing
      ? this.rules.publish(
          peer,
          { topic, qos: 1, retain: false, payloadBytes: 0 },
          this.#grants.has,
        )
      : this.rules.subscribe(peer, topic, 1, this.#grants.has);
    if (verdict === "allowed") return true;
    this.watchers.tell({ type: "refused", reason: verdict, remote: "?", name: peer.name, topic });
    return false;
  }
}

async function questionIn(request: IncomingMessage): Promise<Form> {
  let text = "";
  for await (const part of request) {
    text += String(part);
    if (text.length > LONGEST_QUESTION) throw new Error("not a question of RabbitMQ's");
  }
  return new Map(new URLSearchParams(text));
}
