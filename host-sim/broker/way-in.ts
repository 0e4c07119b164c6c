/** How MQTT.js reaches a broker: over TLS, or over WebSocket over TLS where owners come that way. */
import type { IClientOptions } from "mqtt";
import type { Broker } from "./broker-type.ts";

/** PEM, and the name that the server's certificate must carry. */
export interface TlsOptions {
  readonly servername: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export function overTls(tls: TlsOptions): IClientOptions {
  return { protocol: "mqtts", ...tls };
}

/** On a RabbitMQ cluster owners' apps have a listener, and so a CA, of their own: MQTT over WebSocket. */
export function ownersWay({ name }: Pick<Broker, "name">, tls: TlsOptions): IClientOptions {
  if (name !== "rabbitmq") return overTls(tls);
  return { protocol: "wss", path: "/ws", wsOptions: { ...tls } };
}
