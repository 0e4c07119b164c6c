/** Builds `tls-peer.c` with the firmware's own `tls-session.c` and runs it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, execute, type Sabotage, type Toolchain } from "../mbedtls/toolchain.ts";

const main = fileURLToPath(new URL("./tls-peer.c", import.meta.url));

/** What one connection came to; `end` is "done", "dropped", "stuck" or a reason of `TlsReason`. */
export interface Outcome {
  readonly end: string;
  readonly open: boolean;
  readonly version: string;
  readonly echoed: number;
  readonly steps: number;
  /** Of the processor's time, the step that took most of it. */
  readonly longestUs: number;
  /** Bytes of the ticket kept for the next connection. */
  readonly ticket: number;
}

export interface PeerArguments {
  readonly port: number;
  /** One connection after the other, sharing a ticket. */
  readonly names: readonly string[];
  readonly key: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly anchors: readonly Uint8Array[];
  readonly bytes?: number;
  readonly steps?: number;
  /** Steps after opening for which no ciphertext leaves. */
  readonly stall?: number;
}

export interface Peer {
  /** e.g. "3.6.6". */
  readonly version: string;
  run(what: PeerArguments): Promise<Outcome[]>;
  remove(): void;
}

/** A peer with its guards as shipped or, for a negative control, with some of them broken. */
export async function buildPeer(toolchain: Toolchain, sabotage: Sabotage = []): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), "tls-peer-"));
  const source = "tls/tls-session.c";
  const program = await compile(toolchain, { source, main, folder }, sabotage);
  return {
    version: toolchain.version,
    run: (what) => runPeer(program, folder, what),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

let written = 0;

async function runPeer(program: string, folder: string, what: PeerArguments): Promise<Outcome[]> {
  const file = (bytes: Uint8Array) => {
    const path = join(folder, `${written++}.der`);
    writeFileSync(path, bytes, { mode: 0o600 });
    return path;
  };
  const words = [
    String(what.port),
    what.names.join(","),
    file(what.key),
    what.chain.map(file).join(","),
    what.anchors.map(file).join(","),
  ];
  if (what.bytes !== undefined) words.push("--bytes", String(what.bytes));
  if (what.stall !== undefined) words.push("--stall", String(what.stall));
  if (what.steps !== undefined) words.push("--steps", String(what.steps));
  const { stdout } = await execute(program, words, { timeout: 60_000 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome);
}
