/** The unit's end of the line to the bench, and the parts of a board that the bench plays. */

import type { Said, Told } from "../../bench-messages.ts";
import type {
  AccessPoint,
  ClimateSensor,
  Digital,
  DigitalConstructor,
  Trace,
} from "../../platform.ts";

type Receivers = { [Message in keyof Told]?: (message: Told[Message]) => void };

export interface Bench {
  say<Message extends keyof Said>(message: Message, fields: Said[Message]): void;
  /** One receiver a message; the last one set. */
  hear<Message extends keyof Told>(
    message: Message,
    receive: (fields: Told[Message]) => void,
  ): void;
  /** A line that has come. What is no message is passed over: the line may be noisy. */
  take(line: string): void;
}

/** `send` takes a whole line. Characters beyond ASCII are escaped: a line is cut where it may be. */
export function openBench(send: (line: string) => void): Bench {
  const receivers: Receivers = {};
  return {
    say(message, fields) {
      send(`${ascii(JSON.stringify({ message, ...fields }))}\n`);
    },
    hear(message, receive) {
      receivers[message] = receive as never;
    },
    take(line) {
      const fields = parsed(line);
      const receive = fields && receivers[fields.message as keyof Told];
      receive?.(fields as never);
    },
  };
}

function parsed(line: string): { message: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function ascii(text: string): string {
  let result = "";
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    if (point < 0x80) result += character;
    else if (point < 0x10000) result += unit(point);
    else result += unit(0xd7c0 + (point >> 10)) + unit(0xdc00 + (point & 0x3ff));
  }
  return result;
}

const unit = (code: number) => `\\u${(0x10000 + code).toString(16).slice(1)}`;

export const buttonPin = 0;
export const lampPin = 2;

/** The button is the bench's finger, the lamp its eye. */
export function benchDigital(bench: Bench): DigitalConstructor {
  let down: 0 | 1 = 0;
  let onButton: (() => void) | undefined;
  bench.hear("button", (button) => {
    down = button.down ? 1 : 0;
    onButton?.();
  });
  return class BenchDigital implements Digital {
    private readonly output: boolean;
    private value: 0 | 1 = 0;

    constructor(options: ConstructorParameters<DigitalConstructor>[0]) {
      this.output = options.mode === "output";
      if (options.pin !== (this.output ? lampPin : buttonPin))
        throw new Error(`pin ${options.pin} is no ${options.mode} of this board`);
      if (options.mode === "output") this.write(options.initialValue ?? 0);
      else onButton = options.onReadable;
    }

    read(): 0 | 1 {
      return this.output ? this.value : down;
    }

    write(value: 0 | 1): void {
      if (!this.output) throw new Error("an input cannot be written");
      this.value = value;
      bench.say("lamp", { lit: value === 1 });
    }

    close(): void {
      if (!this.output) onButton = undefined;
    }
  };
}

/** A room that does not change: a bench has no weather. */
export class BenchClimate implements ClimateSensor {
  sample(): ReturnType<ClimateSensor["sample"]> {
    return { thermometer: { temperature: 21 }, hygrometer: { humidity: 0.45 } };
  }

  close(): void {}
}

/** An access point as the bench's air has it: who may connect is the bench's affair. */
export function benchAccessPoint(bench: Bench, address: () => string) {
  return class BenchAccessPoint implements AccessPoint {
    readonly address = address();
    private readonly SSID: string;

    constructor({ SSID }: { SSID: string }) {
      this.SSID = SSID;
      bench.say("accessPoint", { SSID, open: true });
    }

    close(): void {
      bench.say("accessPoint", { SSID: this.SSID, open: false });
    }
  };
}

export const benchTrace =
  (bench: Bench): Trace =>
  (room, event, detail) =>
    bench.say("trace", detail ? { room, event, detail } : { room, event });

/** The name service of a board that has none. */
export function benchRoutes(bench: Bench) {
  const routes: { [name: string]: { address: string; at: number } } = {};
  bench.hear("route", ({ host, port, address, at }) => {
    routes[`${host}:${port}`] = { address, at };
  });
  return (host: string, port: number) => routes[`${host}:${port}`];
}
