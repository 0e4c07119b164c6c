/** The network as one life of a device sees it: station, access point, listeners, connections. */
import type { Events } from "../runtime/protocol.ts";
import { type Calls, type Deliver, Handles } from "./calls.ts";
import type { Clock } from "./clock.ts";
import { Connection, type ConnectionEvents } from "./connection.ts";
import { Dialling, type Target } from "./dialling.ts";
import type { Announce, Peer } from "./events.ts";
import { Listening } from "./listening.ts";
import { accessPointAddress, type Host, type Outage, type Radio } from "./radio.ts";
import { Station } from "./station.ts";

type NetworkCalls = Pick<
  Calls,
  Extract<
    keyof Calls,
    `wifi.${string}` | `ap.${string}` | `listener.${string}` | `socket.${string}`
  >
> &
  Pick<Calls, "tls.open">;

export interface NetworkWiring {
  radio: Radio;
  clock: Clock;
  deliver: Deliver;
  announce: Announce;
}

/** A socket of the device: dialled, or accepted and perhaps not yet started. */
interface Wire {
  peer: Peer;
  dialling?: Dialling;
  connection?: Connection;
  start?: () => void;
  /** Gives an accepted connection up before it was started. */
  abandon?: () => void;
  /** Nothing moves any more, but what came may still be read. */
  over?: true;
}

function live({ connection, dialling, over }: Wire): Connection | undefined {
  return over ? undefined : (connection ?? dialling?.connection);
}

export interface ConnectionFigures extends Peer {
  bytesIn: number;
  bytesOut: number;
}

export class Network {
  readonly #wiring: NetworkWiring;
  readonly #stations = new Handles<Station>("network interface");
  readonly #accessPoints = new Handles<() => void>("access point");
  readonly #listeners = new Handles<Listening>("listener");
  readonly #wires = new Handles<Wire>("socket");
  readonly calls: NetworkCalls;

  constructor(wiring: NetworkWiring) {
    this.#wiring = wiring;
    wiring.radio.on("upstream", this.#onUpstream);
    this.calls = {
      ...this.#interfaceCalls(),
      ...this.#listenerCalls(),
      ...this.#socketCalls(),
    };
  }

  listeners(): number[] {
    return this.#listeners.values().map(({ port }) => port);
  }

  connections(): ConnectionFigures[] {
    return this.#wires.values().flatMap((wire) => {
      const open = live(wire);
      return open ? [{ ...wire.peer, bytesIn: open.bytesIn, bytesOut: open.bytesOut }] : [];
    });
  }

  /** Power gone: everything ends at once and nobody is told. */
  destroy(): void {
    this.#wiring.radio.off("upstream", this.#onUpstream);
    for (const station of this.#stations.values()) station.close();
    for (const close of this.#accessPoints.values()) close();
    for (const listening of this.#listeners.values()) {
      listening.close();
      this.#wiring.announce("unlisten", { port: listening.port });
    }
    for (const wire of this.#wires.values()) {
      if (live(wire)) this.#wiring.announce("disconnected", { ...wire.peer, reason: "power gone" });
      wire.dialling?.destroy();
      wire.connection?.destroy();
      wire.abandon?.();
    }
  }

  #interfaceCalls() {
    const { radio, announce } = this.#wiring;
    return {
      "wifi.open": ({ id }) => void this.#stations.set(id, this.#station(id)),
      "wifi.connect": ({ id, ...network }) => this.#stations.get(id).connect(network),
      "wifi.disconnect": ({ id }) => this.#stations.get(id).disconnect(),
      "wifi.state": ({ id }) => this.#stations.get(id).state,
      "wifi.close": ({ id }) => {
        const station = this.#stations.take(id);
        station?.disconnect();
        station?.close();
      },
      "ap.open": ({ id, SSID }) => {
        const close = radio.openAccessPoint(SSID, this.#host(accessPointAddress));
        this.#accessPoints.set(id, () => {
          close();
          announce("accessPoint", { SSID, open: false });
        });
        announce("accessPoint", { SSID, open: true });
        this.#reach();
        return { address: accessPointAddress };
      },
      "ap.close": ({ id }) => {
        this.#accessPoints.take(id)?.();
        this.#reach();
      },
    } satisfies Partial<Calls>;
  }

  #listenerCalls() {
    const { deliver, announce } = this.#wiring;
    return {
      "listener.open": ({ id, port, address }) => {
        if (this.listeners().includes(port)) throw new Error(`port ${port} is taken`);
        const waiting = (requests: number) => deliver("listener.readable", { id, requests });
        this.#listeners.set(id, new Listening(port, address, waiting));
        announce("listen", { port });
        this.#reach();
      },
      "listener.read": ({ id, socket }) => this.#accept(this.#listeners.get(id), socket),
      "listener.close": ({ id }) => {
        const listening = this.#listeners.take(id);
        listening?.close();
        if (listening) announce("unlisten", { port: listening.port });
      },
    } satisfies Partial<Calls>;
  }

  #socketCalls() {
    const { announce } = this.#wiring;
    const connection = (id: number) => {
      const wire = this.#wires.get(id);
      return wire.connection ?? wire.dialling?.connection;
    };
    return {
      "tls.open": ({ id, ...dial }, bytes = new Uint8Array(0)) => {
        let at = 0;
        const cut = (length: number) => {
          at += length;
          return bytes.slice(at - length, at);
        };
        this.#dial(id, {
          host: dial.host,
          port: dial.port,
          serverName: dial.serverName,
          anchors: dial.anchors.map(cut),
          certificate: dial.certificate.map(cut),
          privateKey: cut(dial.privateKey),
        });
      },
      "socket.start": ({ id }) => this.#wires.get(id).start?.(),
      "socket.read": ({ id, length }) => connection(id)?.read(length),
      "socket.write": ({ id }, bytes = new Uint8Array(0)) => connection(id)?.write(bytes),
      "socket.close": ({ id }) => {
        const wire = this.#wires.take(id);
        if (!wire) return;
        if (live(wire)) announce("disconnected", { ...wire.peer, reason: "by the device" });
        (wire.dialling ?? wire.connection)?.close();
        wire.abandon?.();
      },
    } satisfies Partial<Calls>;
  }

  #station(id: number): Station {
    const { radio, clock, deliver, announce } = this.#wiring;
    const station: Station = new Station({
      radio,
      clock,
      host: (address) => this.#host(address),
      onChanged: (property) => {
        const { connection } = station.state;
        if (property === "connection") {
          announce("wifi", { connection, SSID: station.SSID, failure: station.failure });
          if (connection === 0) this.#drop("network lost");
          this.#reach();
        }
        deliver("wifi.changed", { id, property });
      },
    });
    return station;
  }

  #host(address: string): Host {
    return {
      address,
      ports: async () => {
        const open = new Map<number, number>();
        for (const { port, bound, address: only = address } of this.#listeners.values())
          if (bound && only === address) open.set(port, await bound);
        return open;
      },
    };
  }

  /** Listeners are real while a network reaches the device. */
  #reach(): void {
    const addresses = this.#stations.values().map(({ state }) => state.address);
    if (this.#accessPoints.values().length > 0) addresses.push(accessPointAddress);
    for (const listening of this.#listeners.values())
      listening.reach(addresses.some((one) => one !== null && (listening.address ?? one) === one));
  }

  #accept(listening: Listening, id: number): { remoteAddress: string } | null {
    const socket = listening.read();
    if (!socket) return null;
    const remoteAddress = socket.remoteAddress ?? "unknown";
    const peer: Peer = { id, direction: "accepted", host: remoteAddress, port: listening.port };
    const wire: Wire = { peer, abandon: () => socket.destroy() };
    wire.start = () => {
      delete wire.start;
      delete wire.abandon;
      this.#wiring.announce("connected", { ...peer, protocol: "TCP" });
      wire.connection = new Connection(socket, this.#events(peer));
      socket.resume();
    };
    this.#wires.set(id, wire);
    return { remoteAddress };
  }

  #dial(id: number, target: Target): void {
    const { radio, clock, deliver, announce } = this.#wiring;
    const peer: Peer = { id, direction: "dialled", host: target.host, port: target.port };
    announce("dial", peer);
    const online = this.#stations.values().some(({ ready }) => ready);
    const dialling = new Dialling({ radio, clock, online }, target, {
      ...this.#events(peer),
      connected: (protocol) => announce("connected", { ...peer, protocol }),
      refused: (reason) => {
        announce("refused", { ...peer, reason });
        deliver("socket.error", { id, reason });
      },
    });
    this.#wires.set(id, { peer, dialling });
  }

  #events(peer: Peer): ConnectionEvents {
    const { deliver, announce } = this.#wiring;
    const { id } = peer;
    const tell = (event: "socket.readable" | "socket.writable") => (total: number) =>
      deliver(event, { id, total } satisfies Events[typeof event]);
    return {
      readable: tell("socket.readable"),
      writable: tell("socket.writable"),
      moved: (way, bytes) => announce("bytes", { ...peer, way, bytes }),
      failed: (reason) => {
        this.#wires.get(id).over = true;
        announce("disconnected", { ...peer, reason });
        deliver("socket.error", { id, reason });
      },
    };
  }

  /** What went through the station breaks; what came through the access point does not. */
  #drop(reason: string): void {
    for (const { dialling } of this.#wires.values()) dialling?.drop(reason);
  }

  readonly #onUpstream = (up: boolean, how: Outage) => {
    if (!up && how === "reset") return this.#drop("connection reset");
    for (const { dialling } of this.#wires.values()) dialling?.stall(!up);
  };
}
