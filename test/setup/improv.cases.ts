import type { Serial, SerialConstructor } from "../../device/platform/platform.ts";
import { encodeText } from "../../device/platform/text.ts";
import type { Wifi } from "../../device/setup/claim.ts";
import { Improv } from "../../device/setup/improv.ts";
import {
  encodeImprov,
  ImprovDecoder,
  type ImprovPacket,
  improvCommand,
  improvError,
  improvState,
  improvType,
  improvWifiFields,
} from "../../device/setup/improv-packet.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Case } from "../suite.ts";

/** The current state, ready; the checksum worked out by hand: 482 = 0x1E2. */
const readyPacket = new Uint8Array([
  ...[0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56, 0x01, 0x01, 0x01, 0x02],
  ...[0xe2, 0x0a],
]);

function rpc(command: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = new Uint8Array(2 + data.length);
  body.set([command, data.length]);
  body.set(data, 2);
  return encodeImprov({ type: improvType.command, data: body });
}

function wifiData(ssid: string, password: string): Uint8Array {
  const [name, secret] = [encodeText(ssid), encodeText(password)];
  const data = new Uint8Array(2 + name.length + secret.length);
  data[0] = name.length;
  data.set(name, 1);
  data[1 + name.length] = secret.length;
  data.set(secret, 2 + name.length);
  return data;
}

function bench({ owned = false, joins = true } = {}) {
  const heard: (ImprovPacket | "damaged")[] = [];
  const tried: Wifi[] = [];
  const decoder = new ImprovDecoder();
  let waiting: Uint8Array | undefined;
  let readable = () => {};
  let closed = false;
  const serial: SerialConstructor = class implements Serial {
    constructor({ onReadable }: { onReadable: (bytes: number) => void }) {
      readable = () => onReadable(waiting?.length ?? 0);
    }
    read() {
      return waiting?.slice().buffer as ArrayBuffer | undefined;
    }
    write(bytes: ArrayBuffer | Uint8Array) {
      heard.push(...decoder.feed(new Uint8Array(bytes)));
    }
    close() {
      closed = true;
    }
  };
  const improv = new Improv(
    { serial },
    {
      info: ["Thirteen", "1.0", "board", "lamp"],
      owned: () => owned,
      tryWifi(wifi, onResult) {
        tried.push(wifi);
        onResult(joins);
      },
    },
  );
  const say = (bytes: Uint8Array) => {
    waiting = bytes;
    if (!closed) readable();
    waiting = undefined;
  };
  const told = (type: number) =>
    heard.flatMap((packet) =>
      packet !== "damaged" && packet.type === type ? [packet.data[0]] : [],
    );
  return { improv, say, heard, told, tried };
}

/** Any bytes, whole packets among them: how many bytes the decoder kept at most. */
function mostKept(decoder: Pick<ImprovDecoder, "feed" | "keptBytes">): number {
  const random = prng(41);
  let most = 0;
  for (let round = 0; round < 3_000; round++) {
    const noise = randomBytes(random, Math.floor(random() * 40));
    const packet = rpc(Math.floor(random() * 6), randomBytes(random, Math.floor(random() * 120)));
    if (random() < 0.3) packet[Math.floor(random() * packet.length)] = Math.floor(random() * 256);
    decoder.feed(noise);
    decoder.feed(
      packet.subarray(0, random() < 0.2 ? Math.floor(random() * packet.length) : packet.length),
    );
    most = Math.max(most, decoder.keptBytes);
  }
  return most;
}

export const improvCases: Readonly<Record<string, Case>> = {
  "a packet is as the specification writes it"(check) {
    check.equal(
      encodeImprov({ type: improvType.state, data: new Uint8Array([improvState.ready]) }),
      readyPacket,
    );
    check.equal(new ImprovDecoder().feed(readyPacket), [
      { type: improvType.state, data: new Uint8Array([2]) },
    ]);
  },
  "a packet is found between console output, byte by byte, with or without a line feed"(check) {
    const decoder = new ImprovDecoder();
    const stream = new Uint8Array([
      ...encodeText("boot: IMPROIMPROV!\n"),
      ...readyPacket.subarray(0, 11),
      ...readyPacket,
    ]);
    let found = 0;
    for (const byte of stream) found += decoder.feed(new Uint8Array([byte])).length;
    check.equal(found, 2);
  },
  "whatever comes, one packet's bytes are kept at most"(check) {
    check.ok(mostKept(new ImprovDecoder()) <= 9 + 128, "bounded");
  },
  "control: a decoder that waits for any length is found out"(check) {
    let kept = 0;
    const patient = {
      feed(bytes: Uint8Array) {
        kept += bytes.length;
        return [];
      },
      get keptBytes() {
        return kept;
      },
    };
    check.ok(mostKept(patient) > 9 + 128, "unbounded decoder passes");
  },
  "three thousand broken packets: an answer or silence, never a throw, and nothing is tried"(
    check,
  ) {
    const { say, tried } = bench();
    const random = prng(43);
    for (let round = 0; round < 3_000; round++) {
      const packet = rpc(
        random() < 0.5 ? improvCommand.sendWifi : Math.floor(random() * 256),
        random() < 0.5 ? randomBytes(random, Math.floor(random() * 100)) : wifiData("n", "short"),
      );
      if (random() < 0.5) packet[Math.floor(random() * packet.length)] = Math.floor(random() * 256);
      say(packet);
    }
    check.equal(tried, []);
  },
  "a network is tried, and both ends know how it went"(check) {
    const good = bench();
    good.say(rpc(improvCommand.sendWifi, wifiData("Home", "correct horse")));
    check.equal(good.tried, [{ ssid: "Home", password: "correct horse" }]);
    check.equal(good.told(improvType.state), [improvState.provisioning, improvState.provisioned]);
    check.equal(good.told(improvType.result), [improvCommand.sendWifi]);
    const bad = bench({ joins: false });
    bad.say(rpc(improvCommand.sendWifi, wifiData("Home", "wrong horse")));
    check.equal(bad.told(improvType.error), [improvError.none, improvError.unableToConnect]);
    check.equal(bad.told(improvType.state), [improvState.provisioning, improvState.ready]);
  },
  "a unit with an owner takes nothing from the cable"(check) {
    const { say, told, tried } = bench({ owned: true });
    say(rpc(improvCommand.sendWifi, wifiData("Evil", "twin password")));
    say(rpc(improvCommand.askState));
    check.equal(tried, []);
    check.equal(told(improvType.error), [improvError.notAuthorised]);
    check.equal(told(improvType.state), [improvState.provisioned]);
  },
  "what is asked is answered; what is not known is said to be unknown; damage is said to be damage"(
    check,
  ) {
    const { say, told, heard } = bench();
    say(rpc(improvCommand.askInfo));
    const info = heard[0];
    check.equal(info !== "damaged" && info?.data.length, 2 + 9 + 4 + 6 + 5);
    say(rpc(improvCommand.scan));
    check.equal(told(improvType.result), [improvCommand.askInfo, improvCommand.scan]);
    say(rpc(99));
    const damaged = rpc(improvCommand.askState);
    damaged[10] = 77;
    say(damaged);
    check.equal(told(improvType.error), [improvError.unknownCommand, improvError.invalidPacket]);
  },
  "a closed line is silent"(check) {
    const { improv, say, heard } = bench();
    improv.close();
    say(rpc(improvCommand.askState));
    check.equal(heard.length, 0);
  },
  "lengths that do not fill the packet are refused"(check) {
    for (const data of [[], [1], [1, 65], [1, 65, 1], [1, 65, 0, 0], [200, 1]])
      check.equal(improvWifiFields(new Uint8Array(data)), undefined, data.join());
    check.equal(improvWifiFields(new Uint8Array([1, 65, 0]))?.password.length, 0);
  },
};
