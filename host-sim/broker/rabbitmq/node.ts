/** One RabbitMQ node of a cluster on this machine: its files, its process, its death. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { toPem } from "../../../provisioning/certificate-authority.ts";
import { Fault } from "../../../provisioning/fault.ts";
import { type BrokerOptions, listOf, Watchers } from "../broker-type.ts";
import { HOST } from "../listen.ts";
import { LogReader } from "./log.ts";

/** Folder of the shipped examples. */
const EXAMPLES = import.meta.dirname;
const PRODUCTION_FOLDER = "/etc/rabbitmq/thirteen";
const START_TIMEOUT_MS = 90_000;
const CONTROL_TIMEOUT_MS = 60_000;

export const NOT_INSTALLED =
  "RabbitMQ is not installed: Debian and Ubuntu: apt-get install rabbitmq-server; or set RABBITMQ_BIN to the folder of its programs.";

/** Folder of `rabbitmq-server` and `rabbitmqctl`; undefined where there is none. */
export function findRabbitMq(): string | undefined {
  // Debian's own /usr/sbin/rabbitmq-server runs as another account and with its own files.
  const places = [process.env.RABBITMQ_BIN, "/usr/lib/rabbitmq/bin", "/opt/homebrew/sbin"];
  return places.find((place) => place && existsSync(join(place, "rabbitmq-server")));
}

/** What the nodes of a cluster share. */
export interface ClusterPlace {
  readonly programs: string;
  /** A folder only this user can read. */
  readonly folder: string;
  /** Port of the Erlang name service, on 127.0.0.1 like everything else here. */
  readonly epmdPort: number;
  readonly rulesPort: number;
  readonly names: readonly string[];
}

export interface NodePorts {
  /** Units: MQTT over TLS. */
  readonly units: number;
  /** Owners' apps: MQTT over WebSocket over TLS. */
  readonly owners: number;
  /** Between nodes. Here without TLS, on 127.0.0.1; docs/brokers.md says what production needs. */
  readonly distribution: number;
}

export class Node {
  readonly name: string;
  readonly ports: NodePorts;
  readonly watchers = new Watchers();
  readonly #place: ClusterPlace;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #lastLines: string[] = [];

  constructor(place: ClusterPlace, name: string, ports: NodePorts, options: BrokerOptions) {
    this.name = name;
    this.ports = ports;
    this.#place = place;
    this.#folder = join(place.folder, name);
    this.#write(options);
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when the node has started and joined; rejects with its last words. */
  async start(): Promise<void> {
    const child = spawn(join(this.#place.programs, "rabbitmq-server"), [], {
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: the scripts around the machine must go with it.
      detached: true,
    });
    this.#child = child;
    const log = new LogReader();
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    await new Promise<void>((started, failed) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        failed(
          new Fault(
            `RabbitMQ's ${this.name} ${why}. Its last words: ${this.#lastLines.join(" | ")}`,
          ),
        );
      };
      const timer = setTimeout(() => fail("did not start in time"), START_TIMEOUT_MS);
      child.once("error", (error) => fail(error.message));
      child.once("exit", () => fail("ended"));
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on("line", (line) => {
          this.#lastLines = [...this.#lastLines.slice(-5), line];
          const event = log.read(line);
          if (event) this.watchers.tell(event);
          if (!/Server startup complete/.test(line)) return;
          clearTimeout(timer);
          started();
        });
    });
  }

  /** As if its power were cut: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child?.pid) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-child.pid, "SIGKILL");
    await gone;
  }

  /** Runs `rabbitmqctl`; resolves with its output. @throws Fault with what it said. */
  control(...args: string[]): Promise<string> {
    const program = join(this.#place.programs, "rabbitmqctl");
    const options = { env: this.#environment(), timeout: CONTROL_TIMEOUT_MS };
    return new Promise((done, failed) => {
      execFile(program, ["-q", ...args], options, (error, out, err) => {
        if (error) failed(new Fault(`rabbitmqctl ${args[0]}: ${(err || out).trim()}`));
        else done(out);
      });
    });
  }

  #environment(): NodeJS.ProcessEnv {
    const { epmdPort, folder } = this.#place;
    const own = (name: string) => join(this.#folder, name);
    return {
      PATH: process.env.PATH,
      // The cookie that lets the nodes speak to each other is made in the shared home.
      HOME: folder,
      LANG: "C.UTF-8",
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: HOST,
      RABBITMQ_NODENAME: this.name,
      RABBITMQ_CONF_ENV_FILE: own("none"),
      RABBITMQ_CONFIG_FILE: own("rabbitmq.conf"),
      RABBITMQ_ADVANCED_CONFIG_FILE: own("advanced.config"),
      RABBITMQ_ENABLED_PLUGINS_FILE: own("enabled_plugins"),
      RABBITMQ_MNESIA_BASE: own("data"),
      RABBITMQ_LOG_BASE: own("log"),
      RABBITMQ_PID_FILE: own("pid"),
      RABBITMQ_GENERATED_CONFIG_DIR: own("generated"),
      RABBITMQ_DIST_PORT: String(this.ports.distribution),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
        "-kernel inet_dist_use_interface {127,0,0,1} +S 2 +sbwt none",
      RABBITMQ_CTL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    };
  }

  #write(options: BrokerOptions): void {
    const write = (name: string, text: string) =>
      writeFileSync(join(this.#folder, name), text, { mode: 0o600 });
    const certificates = (der: Uint8Array | readonly Uint8Array[]) =>
      listOf(der)
        .map((one) => toPem("CERTIFICATE", one))
        .join("");
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    write("server.pem", certificates(options.certificate));
    write("server.key", toPem("PRIVATE KEY", options.privateKey));
    write("device-ca.pem", certificates(options.deviceAnchor));
    write("owners-ca.pem", certificates(options.ownersAnchor));
    const example = (name: string) => readFileSync(join(EXAMPLES, `${name}.example`), "utf8");
    write("enabled_plugins", example("enabled_plugins"));
    write("definitions.json", example("definitions.json"));
    const { units, owners } = this.ports;
    const { rulesPort, names } = this.#place;
    write(
      "rabbitmq.conf",
      this.#fillIn(example("rabbitmq.conf"), [
        ["= 0.0.0.0:8883", `= ${HOST}:${units}`],
        ...(["user", "vhost", "resource", "topic"] as const).map(
          (path) => [`:8884/${path}`, `:${rulesPort}/${path}`] as const,
        ),
        ...names.map((name, index) => [`rabbit@node-${index + 1}`, name] as const),
      ]),
    );
    write(
      "advanced.config",
      this.#fillIn(example("advanced.config"), [
        ["{port, 8885}", `{ip, "${HOST}"}, {port, ${owners}}`],
      ]),
    );
  }

  /** The example with this node's places; text the example no longer has is an error, not a gap. */
  #fillIn(example: string, places: readonly (readonly [there: string, filled: string])[]): string {
    let text = example.replaceAll(PRODUCTION_FOLDER, this.#folder);
    for (const [there, filled] of places) {
      if (!text.includes(there)) throw new Error(`the example does not hold "${there}" any more`);
      text = text.replace(there, filled);
    }
    return text;
  }
}
