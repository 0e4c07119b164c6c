/**
 * The air and the network around the units: Wi-Fi networks, access points of units in set-up, the
 * cable to the outside, and the names that lead to services on this machine. Nothing here reaches
 * beyond 127.0.0.1, and a unit is reached only through a network that it is really in.
 */
import { EventEmitter } from "node:events";
import { connect, type Socket } from "node:net";

/** Who is in a network and can be connected to. */
export interface Host {
  readonly address: string;
  /** Open ports there → the loopback port that stands for each. */
  ports(): Promise<ReadonlyMap<number, number>>;
}

/** How a network is where the units are; a good one when absent. */
export interface Air {
  readonly signal?: number;
  readonly addresses?: boolean;
}

const usualSignal = -55;
/** Below this a radio hears a network and cannot keep it, dBm. */
const weakestSignal = -85;

/** A Wi-Fi network or a unit's access point. */
class Segment {
  readonly SSID: string;
  readonly password: string | undefined;
  readonly prefix: string;
  /** At the units' place, dBm. */
  readonly signal: number;
  /** Whether it gives its members addresses (DHCP). */
  readonly addresses: boolean;
  readonly hosts = new Set<Host>();
  readonly leavers = new Set<() => void>();
  #last = 1;

  constructor(SSID: string, password: string | undefined, prefix: string, air: Air = {}) {
    this.SSID = SSID;
    this.password = password;
    this.prefix = prefix;
    this.signal = air.signal ?? usualSignal;
    this.addresses = air.addresses ?? true;
  }

  nextAddress(): string {
    this.#last = this.#last >= 254 ? 2 : this.#last + 1;
    return `${this.prefix}.${this.#last}`;
  }

  end(): void {
    for (const leave of [...this.leavers]) leave();
  }
}

/** A phone's or an attacker's place in a network. */
export interface Link {
  readonly SSID: string;
  readonly address: string;
  /** Hosts in the network with their open ports, as a port scan would find them. */
  scan(): Promise<{ address: string; port: number }[]>;
  /** A real TCP connection. `address` may be left out in a network of one, such as an access point's. */
  connect(port: number, address?: string): Promise<Socket>;
  leave(): void;
}

/** Takes a call, refuses it, or lets the caller wait for an answer. */
export type Service = () => Socket | "refused" | "silent";

export type JoinRefusal = "not-found" | "too-weak" | "wrong-password";

export class JoinRefused extends Error {
  override readonly name = "JoinRefused";
  readonly reason: JoinRefusal;

  constructor(SSID: string, reason: JoinRefusal) {
    super(`cannot join "${SSID}": ${reason}`);
    this.reason = reason;
  }
}

/** `silent`: as when a cable far away is pulled; `reset`: connections break at once. */
export type Outage = "silent" | "reset";

export interface RadioEvents {
  upstream: [up: boolean, how: Outage];
  /** Access points and networks in the air changed. */
  air: [];
}

/** The address of every unit inside its own access point. */
export const accessPointAddress = "192.168.4.1";

export class Radio extends EventEmitter<RadioEvents> {
  readonly #segments: Segment[] = [];
  readonly #names = new Map<string, number>();
  readonly #services = new Map<string, Service>();
  #networks = 0;
  #upstream = true;

  constructor() {
    super();
    this.setMaxListeners(0);
  }

  /** SSIDs in the air, strongest first: the desk's networks, then access points. */
  get air(): string[] {
    return this.#segments.map(({ SSID }) => SSID);
  }

  /** Is the cable to the outside in? */
  get upstream(): boolean {
    return this.#upstream;
  }

  /** Pulls or plugs the cable. */
  setUpstream(up: boolean, how: Outage = "silent"): void {
    if (up === this.#upstream) return;
    this.#upstream = up;
    this.emit("upstream", up, how);
  }

  addNetwork({ SSID, password, ...air }: { SSID: string; password?: string } & Air): void {
    this.removeNetwork(SSID);
    this.#segments.unshift(new Segment(SSID, password, `10.13.${this.#networks++ % 256}`, air));
    this.emit("air");
  }

  /** Switches a network off: whoever was in it has lost it. */
  removeNetwork(SSID: string): void {
    const segment = this.#segments.find((other) => other.SSID === SSID);
    if (segment) this.#remove(segment);
  }

  /** What `host`:`port` leads to on 127.0.0.1; anything without a route does not exist. */
  route(host: string, port: number, loopbackPort: number): void {
    this.#names.set(`${host}:${port}`, loopbackPort);
  }

  unroute(host: string, port: number): void {
    this.#names.delete(`${host}:${port}`);
  }

  lookup(host: string, port: number): number | undefined {
    return this.#names.get(`${host}:${port}`);
  }

  /** `host`:`port` leads to a service in this process, without TCP or TLS: for time lapses. */
  serve(host: string, port: number, service: Service): void {
    this.#services.set(`${host}:${port}`, service);
  }

  service(host: string, port: number): Service | undefined {
    return this.#services.get(`${host}:${port}`);
  }

  /** A unit enters a network. Refused with a reason, or its address and the way out. */
  enter(
    SSID: string,
    password: string | undefined,
    host: (address: string) => Host,
    onLost: () => void,
  ): { address: string | undefined; leave: () => void } | JoinRefusal {
    const segment = this.#admit(SSID, password);
    if (typeof segment === "string") return segment;
    if (segment.signal < weakestSignal) return "too-weak";
    const address = segment.nextAddress();
    const member = host(address);
    const leave = () => {
      segment.hosts.delete(member);
      segment.leavers.delete(lost);
    };
    const lost = () => {
      leave();
      onLost();
    };
    segment.hosts.add(member);
    segment.leavers.add(lost);
    return { address: segment.addresses ? address : undefined, leave };
  }

  /** Opens a unit's own, open network. Returns the function that closes it. */
  openAccessPoint(SSID: string, host: Host): () => void {
    const segment = new Segment(SSID, undefined, "192.168.4");
    segment.hosts.add(host);
    this.#segments.push(segment);
    this.emit("air");
    return () => this.#remove(segment);
  }

  /** A phone joins. @throws JoinRefused */
  async join(SSID: string, password?: string): Promise<Link> {
    const segment = this.#admit(SSID, password);
    if (typeof segment === "string") throw new JoinRefused(SSID, segment);
    return new PhoneLink(segment);
  }

  #admit(SSID: string, password: string | undefined): Segment | JoinRefusal {
    const segment = this.#segments.find((other) => other.SSID === SSID);
    if (!segment) return "not-found";
    if (segment.password !== undefined && segment.password !== password) return "wrong-password";
    return segment;
  }

  #remove(segment: Segment): void {
    const index = this.#segments.indexOf(segment);
    if (index < 0) return;
    this.#segments.splice(index, 1);
    segment.end();
    this.emit("air");
  }
}

class PhoneLink implements Link {
  readonly SSID: string;
  readonly address: string;
  readonly #segment: Segment;
  readonly #sockets = new Set<Socket>();
  readonly #lost = () => this.leave();
  #joined = true;

  constructor(segment: Segment) {
    this.SSID = segment.SSID;
    this.#segment = segment;
    this.address = segment.nextAddress();
    segment.leavers.add(this.#lost);
  }

  async scan(): Promise<{ address: string; port: number }[]> {
    const found: { address: string; port: number }[] = [];
    for (const host of this.#segment.hosts)
      for (const port of (await host.ports()).keys()) found.push({ address: host.address, port });
    return found;
  }

  async connect(port: number, address?: string): Promise<Socket> {
    if (!this.#joined) throw new Error(`no longer in the network "${this.SSID}"`);
    const hosts = [...this.#segment.hosts];
    const host = address ? hosts.find((other) => other.address === address) : hosts[0];
    if (!host || (!address && hosts.length > 1))
      throw new Error(`no such host in the network "${this.SSID}"`);
    const loopbackPort = (await host.ports()).get(port);
    if (loopbackPort === undefined) throw new Error(`${host.address} refuses port ${port}`);
    const socket = connect({ host: "127.0.0.1", port: loopbackPort });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve();
      });
    });
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }

  leave(): void {
    this.#joined = false;
    this.#segment.leavers.delete(this.#lost);
    for (const socket of this.#sockets) socket.destroy();
  }
}
