/**
 * Files of one repository host: metadata for the refresh, small targets whole, and images as a
 * stream. It decides nothing about trust: metadata goes to the verifier, and an image to a writer
 * that judges the whole.
 */
import { isMap, readTree } from "../commands/strict-json.ts";
import { equalBytes } from "../platform/encoding.ts";
import type { Platform } from "../platform/platform.ts";
import { decodeText } from "../platform/text.ts";
import type { Identity } from "../storage/identity.ts";
import type { Mirror } from "./endpoint.ts";
import { HostConnection } from "./host-connection.ts";
import type { HttpFault } from "./http.ts";
import { nobleCryptography } from "./metadata/noble-check.ts";
import { type Answer, advance, type Refresh } from "./metadata/refresh.ts";
import type { VerifiedTarget } from "./metadata/targets.ts";
import type { TrustedState } from "./metadata/trusted-state.ts";
import { judgeInTurns, restMs } from "./metadata/turns.ts";

export interface RepositoryOptions {
  readonly platform: Pick<Platform, "network" | "timer" | "clock" | "crypto">;
  readonly identity: Pick<Identity, "anchors" | "certificate" | "privateKey">;
  readonly mirror: Mirror;
  /** Called with each new trusted state, before anything else is fetched. */
  readonly onTrusted: (state: TrustedState) => void;
}

/** Whoever takes a stream: the spare slot, or a delta on its way there. */
export interface Feed<Fault extends string> {
  /** The next byte of the file that it wants. */
  readonly offset: number;
  push(bytes: Uint8Array): Fault | undefined;
}

/** Longest index, bytes. */
export const indexBytes = 2_048;

export class Repository {
  /** Why the last file did not come. */
  fault: HttpFault | undefined;
  private readonly options: RepositoryOptions;
  private readonly host: HostConnection;

  constructor(options: RepositoryOptions) {
    const { platform, identity, mirror } = options;
    const { anchors, certificate, privateKey } = identity;
    const { timer, clock, network } = platform;
    this.options = options;
    this.host = new HostConnection({
      TLS: network.TLS,
      timer,
      clock,
      host: mirror.host,
      port: mirror.port,
      secure: { serverName: mirror.host, anchors, certificate, privateKey },
    });
  }

  /** Runs the machine to its end, storing what is trusted on the way. */
  run(refresh: Refresh, onDone: (refresh: Refresh) => void): void {
    const { ask } = refresh;
    if (ask.ask === "nothing") onDone(refresh);
    // Copies would need flash that is better spent otherwise; a connection that is kept is as good.
    else if (ask.ask === "recall") this.step(refresh, "absent", onDone);
    else
      this.read(`metadata/${ask.file}`, { maxBytes: ask.maxBytes }, (answer) => {
        // Parsing and a signature take a chip seconds: other work has its turn before, and the watchdog its sleep.
        this.options.platform.timer.set(() => this.step(refresh, answer, onDone), restMs);
      });
  }

  /** A small target, whole and with the digest it must have; undefined when it is not. */
  small(target: VerifiedTarget, onDone: (bytes: Uint8Array | "wrong-hash" | HttpFault) => void) {
    const { length } = target;
    if (length > indexBytes) return onDone("too-large");
    this.read(`targets/${target.file}`, { maxBytes: length, length }, (answer) => {
      if (typeof answer === "string") return onDone(this.fault ?? "absent");
      const { algorithm, value } = target.digest;
      const found = this.options.platform.crypto.hashes().sha256(answer.bytes);
      const same = algorithm === "sha256" && equalBytes(found, value);
      onDone(same ? answer.bytes : "wrong-hash");
    });
  }

  /** The rest of a target, from where `feed` is. */
  stream<Fault extends string>(
    target: VerifiedTarget,
    feed: Feed<Fault>,
    onEnd: (end: "whole" | Fault | HttpFault) => void,
  ): void {
    const { length } = target;
    const from = feed.offset;
    if (from === length) {
      this.options.platform.timer.set(() => onEnd("whole"), 0);
      return;
    }
    let fault: Fault | undefined;
    this.host.get(
      { path: this.path(`targets/${target.file}`), from, maxBytes: length, length },
      {
        onBody(bytes) {
          fault = feed.push(bytes);
          return fault === undefined;
        },
        onEnd: (end) => onEnd(fault ?? (end === "stopped" ? "closed" : end)),
      },
    );
  }

  close(): void {
    this.host.close();
  }

  private step(refresh: Refresh, answer: Answer, onDone: (refresh: Refresh) => void): void {
    const { platform, onTrusted } = this.options;
    judgeInTurns(
      platform.timer,
      nobleCryptography(platform.crypto),
      (cryptography) => advance(refresh, answer, cryptography),
      (next) => {
        if (next.state !== refresh.state) onTrusted(next.state);
        this.run(next, onDone);
      },
    );
  }

  private path(file: string): string {
    return this.options.mirror.path + file;
  }

  private read(
    file: string,
    limits: { maxBytes: number; length?: number },
    onDone: (answer: Answer) => void,
  ): void {
    const parts: Uint8Array[] = [];
    this.fault = undefined;
    this.host.get(
      { path: this.path(file), from: 0, ...limits },
      {
        onBody(bytes) {
          parts.push(bytes.slice());
          return true;
        },
        onEnd: (end) => {
          if (end === "whole") return onDone({ bytes: join(parts) });
          this.fault = end === "stopped" ? "closed" : end;
          onDone(end === "absent" || end === "too-large" ? end : "failed");
        },
      },
    );
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The paths of an index, or undefined when it is not one of `folder`. The names go into requests, so
 * they hold nothing but what docs/update-format.md allows.
 */
export function readIndex(bytes: Uint8Array, folder: string): string[] | undefined {
  const text = decodeText(bytes);
  const index = text === undefined ? undefined : readTree(text, 2)?.value;
  const targets = isMap(index) && index.get("v") === 1 ? index.get("targets") : undefined;
  if (!Array.isArray(targets)) return undefined;
  const paths: string[] = [];
  for (const path of targets) {
    if (typeof path !== "string" || !path.startsWith(folder)) return undefined;
    if (!/^[A-Za-z0-9.-]+$/.test(path.slice(folder.length))) return undefined;
    paths.push(path);
  }
  return paths;
}
