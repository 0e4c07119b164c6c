/** A broker in memory that can be away, busy, strict or hostile; and what it has heard. */
import type { Socket } from "node:net";
import type { Service } from "../board/radio.ts";
import { type Heard, MqttAnswers, publishPacket } from "../broker/mqtt-answers.ts";
import { MemorySocket } from "./memory-socket.ts";

/** well · refusing: nobody listens · silent: no answer · strict: this unit is not authorised · busy */
export type BrokerMood = "well" | "refusing" | "silent" | "strict" | "busy";

const connackCode: Partial<Record<BrokerMood, number>> = { strict: 5, busy: 3 };

export interface Told {
  /** The part of the topic behind the unit's id. */
  readonly part: string;
  readonly payload: Uint8Array;
}

export class FaultBroker {
  mood: BrokerMood = "well";
  /** Bytes that a connection gets as soon as it has subscribed. */
  poison: readonly Uint8Array[] = [];
  /** Somebody is subscribed now. */
  online = false;
  onTold: (told: Told) => void = () => {};
  onConnected: () => void = () => {};
  readonly #topic: string;
  #open: MemorySocket | undefined;
  #packetId = 0;

  constructor(unitId: string) {
    this.#topic = `units/${unitId}`;
  }

  readonly service: Service = () => {
    if (this.mood === "refusing") return "refused";
    if (this.mood === "silent") return "silent";
    return this.#accept();
  };

  /** A command of QoS 1 for the unit; false when it is not there. */
  command(payload: Uint8Array, retain = false): boolean {
    if (!this.#open || !this.online) return false;
    this.#packetId = (this.#packetId % 60_000) + 1;
    const to = { packetId: this.#packetId, retain };
    this.#open.say(publishPacket(`${this.#topic}/command`, payload, to));
    return true;
  }

  /** Raw bytes to the unit. */
  say(bytes: Uint8Array): void {
    this.#open?.say(bytes);
  }

  drop(): void {
    this.#open?.hangUp();
  }

  #accept(): Socket {
    const mqtt = new MqttAnswers(connackCode[this.mood] ?? 0);
    const socket: MemorySocket = new MemorySocket({
      heard: (bytes) => {
        const { heard, answers } = mqtt.hear(bytes);
        for (const answer of answers) socket.say(answer);
        for (const one of heard) this.#hear(socket, one);
      },
      gone: () => {
        if (this.#open !== socket) return;
        this.#open = undefined;
        this.online = false;
      },
    });
    this.#open = socket;
    this.online = false;
    return socket.socket;
  }

  #hear(socket: MemorySocket, heard: Heard): void {
    if (this.#open !== socket) return;
    if (heard.type === "connect" && this.mood !== "well") socket.hangUp();
    else if (heard.type === "connect") this.onConnected();
    else if (heard.type === "subscribe") {
      this.online = true;
      for (const bytes of this.poison) socket.say(bytes);
    } else if (heard.type === "publish") {
      const part = heard.topic.slice(this.#topic.length + 1);
      this.onTold({ part, payload: heard.payload });
    }
  }
}
