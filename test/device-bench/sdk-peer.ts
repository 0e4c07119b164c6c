/** The same meeting with the SDK's TLS in JavaScript (TLS 1.2), for comparison: how long it holds the event loop. */
import SdkTCP from "embedded:io/socket/tcp";
import SdkTLS from "embedded:io/socket/tcp/tls";
import { fromHex } from "../../device/platform/encoding.ts";
import type { Meeting, Met } from "../device-suites/tls-peer.ts";

type Callback = ((count?: number) => void) | undefined;

const payload = 3_000;
const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array(0);

export function meetWithSdk(meeting: Meeting, clock: () => number, done: (met: Met) => void): void {
  let turns = 0;
  let opening = 0;
  let shaking = 0;
  let longest = 0;
  let open = false;
  let sent = 0;
  let echoed = 0;
  let over = false;
  const finish = (end: string) => {
    if (over) return;
    over = true;
    done({ end, open, echoed, turns, opening, shaking, longest });
  };
  /** Every callback of the wire is one turn of the event loop. */
  const timed = (callback: Callback) => (count?: number) => {
    if (over) return;
    turns++;
    const before = clock();
    try {
      callback?.(count);
    } catch (error) {
      finish(String((error as Error).message));
    }
    const took = clock() - before;
    longest = Math.max(longest, took);
    if (!echoed) shaking = Math.max(shaking, took);
    if (echoed === payload) finish("done");
  };
  class TimedTCP extends SdkTCP {
    constructor(options: ConstructorParameters<typeof SdkTCP>[0]) {
      super({
        ...options,
        onReadable: timed(options.onReadable as Callback),
        onWritable: timed(options.onWritable as Callback),
        onError: timed(options.onError as Callback),
      });
    }
  }
  const certificate = bytes(meeting.anchors[0] ?? "");
  const start = clock();
  const socket = new SdkTLS({
    address: meeting.host,
    host: meeting.name,
    port: meeting.port,
    TCP: { io: TimedTCP },
    secure: { certificate, verify: false },
    onReadable: () => {
      echoed += socket.read()?.byteLength ?? 0;
    },
    onWritable: (room) => {
      open = true;
      const length = Math.min(room, payload - sent, 512);
      if (length <= 0) return;
      sent += length;
      socket.write(new Uint8Array(length));
    },
    onError: () => finish("closed"),
  });
  opening = clock() - start;
}
