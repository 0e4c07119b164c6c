import { encodeText } from "../platform/text.ts";

/**
 * A unit's topics, as bytes, encoded once. They carry the unit's random id and never its serial
 * number, so that a broker's log does not name the device on somebody's receipt (EN 303 645 6.1).
 */
export interface UnitTopics {
  /** MQTT client identifier: the unit's id. */
  readonly clientId: Uint8Array;
  /** Broker to unit. */
  readonly command: Uint8Array;
  /** Retained: what is true now. */
  readonly state: Uint8Array;
  readonly event: Uint8Array;
  readonly diagnostics: Uint8Array;
  /** What the owner has asked to see. */
  readonly sight: Uint8Array;
  /** Retained: what Home Assistant finds the unit by (MQTT discovery). */
  readonly discovery: Uint8Array;
  /** Retained: "online", or the will "offline". */
  readonly availability: Uint8Array;
}

export const discoveryTopic = (id: string): string => `homeassistant/device/${id}/config`;

export function topicsOf(id: string): UnitTopics {
  const topic = (name: string): Uint8Array => encodeText(`units/${id}/${name}`);
  return {
    clientId: encodeText(id),
    command: topic("command"),
    state: topic("state"),
    event: topic("event"),
    diagnostics: topic("diagnostics"),
    sight: topic("sight"),
    discovery: encodeText(discoveryTopic(id)),
    availability: topic("availability"),
  };
}
