/**
 * How the device announces itself to Home Assistant, if its owner agrees: MQTT discovery, one message for
 * the whole device (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload), kept by the
 * broker until it is replaced by an empty one. Keys are the abbreviations that page lists: a message of
 * the unit holds 2 KB. It names topics and not values; what is not agreed to is not announced either.
 */

export interface Announced {
  readonly id: string;
  /** Trade name and model, as on the label. */
  readonly name: string;
  readonly model: string;
  readonly maker: string;
  readonly firmware: string;
  /** The owner has agreed that the room's climate is sent. */
  readonly climate: boolean;
}

const order = (set: object) => JSON.stringify({ v: 1, id: "home-assistant", ...set });
const field = (name: string) => `{{ value_json.${name} }}`;

export function discoveryOf({ id, name, model, maker, firmware, climate }: Announced): string {
  const state = "~/state";
  const entity = (platform: string, object: string, rest: object) => ({
    [object]: { p: platform, uniq_id: `${id}_${object}`, ...rest },
  });
  const sensor = (object: string, device_class: string, unit: string, template: string) =>
    entity("sensor", object, {
      dev_cla: device_class,
      stat_cla: "measurement",
      unit_of_meas: unit,
      stat_t: state,
      val_tpl: template,
    });
  return JSON.stringify({
    "~": `units/${id}`,
    dev: { ids: id, name, mdl: model, mf: maker, sw: firmware },
    o: { name: "Thirteen", sw: firmware },
    avty_t: "~/availability",
    cmps: {
      ...entity("light", "lamp", {
        name: null,
        stat_t: state,
        stat_val_tpl: "{{ 'on' if value_json.lamp else 'off' }}",
        cmd_t: "~/command",
        pl_on: order({ set: { lamp: true } }),
        pl_off: order({ set: { lamp: false } }),
      }),
      ...(climate
        ? {
            ...sensor("temperature", "temperature", "°C", field("temperature")),
            ...sensor("humidity", "humidity", "%", "{{ (value_json.humidity * 100) | round }}"),
          }
        : {}),
      ...entity("update", "firmware", {
        dev_cla: "firmware",
        ent_cat: "config",
        stat_t: state,
        val_tpl: field("installed"),
        l_ver_t: state,
        l_ver_tpl: "{{ value_json.offered | default(value_json.installed) }}",
        cmd_t: "~/command",
        pl_inst: order({ update: "install" }),
      }),
      ...entity("sensor", "security_event", {
        name: "Security event",
        ent_cat: "diagnostic",
        stat_t: "~/event",
        val_tpl: field("event"),
      }),
    },
  });
}
