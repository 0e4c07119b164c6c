/** Guards of guideline 5: whom the device talks to, and what others hear of it. */
import type { Mutant } from "../mutant.ts";

const room = (title: string) => ({ file: "test/rooms.test.ts", title });
const tls = (title: string) => ({ file: "test/host-sim/tls.test.ts", title });

export const mutants: readonly Mutant[] = [
  {
    id: "accepts-a-wrong-server-name",
    provisions: ["5.5-1", "5.5-7"],
    file: "host-sim/board/tls.ts",
    guard: "return named === undefined ?",
    broken: "return named === null ?",
    killedBy: tls("refused: a server's certificate with another name"),
  },
  {
    id: "accepts-an-old-cipher",
    provisions: ["5.5-1"],
    file: "host-sim/board/tls.ts",
    guard: '"ECDHE-RSA-AES256-GCM-SHA384",',
    broken: '"ECDHE-RSA-AES256-GCM-SHA384",\n  "ECDHE-ECDSA-AES128-SHA",',
    killedBy: tls("refused: a cipher without forward secrecy"),
  },
  {
    id: "goes-on-after-a-forged-frame",
    provisions: ["5.5-1"],
    file: "device/access/secure-channel.ts",
    guard: 'this.broken = typeof opened === "string";',
    broken: 'this.broken = opened === "";',
    killedBy: room(
      "access/secure-channel: a replayed frame is refused, and so is all that follows",
    ),
  },
  {
    id: "seals-twice-under-one-counter",
    provisions: ["5.5-1", "5.5-6"],
    file: "device/access/secure-channel.ts",
    guard: "const nonce = nonceOf(this.sent++);",
    broken: "const nonce = nonceOf(this.sent);",
    killedBy: room("access/secure-channel: one plaintext never looks the same twice"),
  },
  {
    id: "takes-its-own-frames-back",
    provisions: ["5.5-1"],
    file: "device/access/secure-channel.ts",
    guard: "const key = (from: Role) =>",
    broken: 'const key = (_: Role, from = "somebody") =>',
    killedBy: room("access/secure-channel: a frame sent back to its sender is refused"),
  },
  {
    id: "set-up-in-clear",
    provisions: ["5.5-6"],
    file: "device/access/secure-channel.ts",
    guard: "frame.set(sealed, SEQUENCE_BYTES);",
    broken: "frame.set(sealed, SEQUENCE_BYTES);\n    frame.set(plaintext, SEQUENCE_BYTES);",
    killedBy: room("setup/window: the right password opens a channel; requests and answers are"),
  },
  {
    id: "obeys-a-command-of-another-topic",
    provisions: ["5.5-4"],
    file: "device/link/mqtt-session.ts",
    guard: "if (!equalBytes(packet.topic, config.topics.command))",
    broken: "if (packet.topic.length === 0)",
    killedBy: room("link: MQTT session: too large, retained and foreign messages"),
  },
  {
    id: "obeys-a-kept-command-again-and-again",
    provisions: ["5.5-4"],
    file: "device/link/mqtt-session.ts",
    guard: 'else if (packet.retained) effects.push(refused("retained"));',
    broken: "",
    killedBy: room("link: MQTT session: too large, retained and foreign messages"),
  },
  {
    id: "dials-without-a-pause",
    provisions: ["5.9-3"],
    file: "device/link/link.ts",
    guard: "this.waitMs = waitMs ?? nextWait(limits, held ? 0 : this.waitMs, uniform);",
    broken:
      "this.waitMs = nextWait({ baseMs: 0, capMs: 0 }, held ? 0 : 0, uniform * (limits ? 0 : 1));",
    killedBy: room("link: a peer that fails verification is asked a few times, not in a spin"),
  },
];
