/**
 * A static host for a repository: HTTPS with ranges over files in memory or in a folder, for any
 * client. And what such a host does on a bad day, or in bad hands, by name.
 */
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { join, normalize } from "node:path";
import { toPem } from "../../provisioning/certificate-authority.ts";
import { listen } from "../broker/listen.ts";

/** Path without the leading slash → bytes. */
export type Files = Pick<ReadonlyMap<string, Uint8Array>, "get">;

export const manners = [
  "good",
  /** A byte every now and then: the connection lives, the file never comes. */
  "slow",
  /** Ends the connection after some of the body. */
  "cuts",
  "ignores-ranges",
  /** Says a byte less than it has. */
  "lies-about-length",
  /** Never stops sending. */
  "endless",
  /** Says less than the file has, and is consistent about it. */
  "truncated",
  "absent",
  "broken",
  "chunked",
  "redirects",
  "huge-headers",
] as const;
export type Manner = (typeof manners)[number];

export interface UpdateServerOptions {
  /** DER, leaf first. */
  readonly certificate: readonly Uint8Array[];
  /** PKCS#8 DER. */
  readonly privateKey: Uint8Array;
  readonly files: Files;
  readonly port?: number;
  /**
   * Serves units of this device CA only, and none that its revocation list names; absent: anybody, as
   * a static host does. Both DER.
   */
  readonly units?: { readonly anchor: Uint8Array; readonly revocations: Uint8Array };
}

export interface Request {
  readonly path: string;
  /** First byte asked for. */
  readonly from: number;
}

export class UpdateServer {
  readonly port: number;
  /** Bytes of bodies handed to the network so far, and what was asked for. */
  served = 0;
  readonly requests: Request[] = [];
  manner: Manner = "good";
  /** Which paths the manner applies to; all of them unless it is set. */
  badFor: (path: string) => boolean = () => true;
  /** Body bytes after which "cuts" ends the connection. */
  cutAfter = 20_000;
  readonly #server: Server;
  readonly #files: Files;

  constructor(server: Server, port: number, files: Files) {
    this.#server = server;
    this.port = port;
    this.#files = files;
    server.on("request", ({ url = "/", method, headers }, response) => {
      const path = decodeURIComponent(new URL(url, "https://host").pathname).slice(1);
      const range = /^bytes=(\d+)-$/.exec(headers.range ?? "");
      const from = Number(range?.[1] ?? 0);
      this.requests.push({ path, from });
      response.on("error", () => {});
      if (method === "GET") this.#answer(response, path, from);
      else response.writeHead(405).end();
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(response: ServerResponse, path: string, from: number): void {
    const manner = this.badFor(path) ? this.manner : "good";
    const whole = this.#files.get(path);
    if (!whole || manner === "absent") {
      this.#send(response, 404, new Uint8Array(0));
      return;
    }
    if (manner === "broken") {
      this.#send(response, 500, new Uint8Array(0));
      return;
    }
    if (manner === "redirects") {
      response.setHeader("Location", "https://elsewhere.test/");
      this.#send(response, 302, new Uint8Array(0));
      return;
    }
    const file = manner === "truncated" ? whole.subarray(0, whole.length >> 1) : whole;
    if (from >= file.length && from > 0) {
      this.#send(response, 416, new Uint8Array(0));
      return;
    }
    const first = manner === "ignores-ranges" ? 0 : from;
    const body = file.subarray(first);
    if (first > 0)
      response.setHeader("Content-Range", `bytes ${first}-${file.length - 1}/${file.length}`);
    const status = first > 0 ? 206 : 200;
    if (manner === "good" || manner === "truncated" || manner === "ignores-ranges") {
      this.#send(response, status, body);
      return;
    }
    this.#misbehave(response, manner, status, body);
  }

  #send(response: ServerResponse, status: number, body: Uint8Array): void {
    response.writeHead(status, { "Content-Length": body.length });
    this.#write(response, body);
    response.end();
  }

  #write(response: ServerResponse, bytes: Uint8Array): boolean {
    this.served += bytes.length;
    return response.write(bytes);
  }

  #misbehave(response: ServerResponse, manner: Manner, status: number, body: Uint8Array): void {
    const said = { "Content-Length": body.length };
    if (manner === "slow") {
      response.writeHead(status, said);
      let at = 0;
      const drip = setInterval(() => this.#write(response, body.subarray(at, ++at)), 50);
      response.on("close", () => clearInterval(drip));
    } else if (manner === "cuts") {
      response.writeHead(status, said);
      const part = body.subarray(0, this.cutAfter);
      this.served += part.length;
      response.write(part, () => response.destroy());
    } else if (manner === "lies-about-length") {
      response.writeHead(status, { "Content-Length": Math.max(0, body.length - 1) });
      this.#write(response, body.subarray(0, -1));
      // Behind the back of the server's own bookkeeping.
      response.socket?.write(body.subarray(-1));
      response.end();
    } else if (manner === "endless") {
      response.writeHead(status, { "Content-Length": 2 ** 31 });
      const pour = () => {
        while (!response.destroyed && this.#write(response, body));
      };
      response.on("drain", pour);
      pour();
    } else if (manner === "chunked") {
      response.writeHead(status);
      this.#write(response, body);
      response.end();
    } else {
      response.writeHead(status, { ...said, "X-Padding": "x".repeat(10_000) });
      this.#write(response, body);
      response.end();
    }
  }
}

export async function startUpdateServer(options: UpdateServerOptions): Promise<UpdateServer> {
  const { certificate, privateKey, files, port = 0, units } = options;
  const server = createServer({
    ...(units
      ? {
          ca: toPem("CERTIFICATE", units.anchor),
          crl: toPem("X509 CRL", units.revocations),
          requestCert: true,
          rejectUnauthorized: true,
        }
      : {}),
    cert: certificate.map((der) => toPem("CERTIFICATE", der)).join(""),
    key: toPem("PRIVATE KEY", privateKey),
    minVersion: "TLSv1.2",
  });
  // A client that hangs up in a handshake is no news.
  server.on("tlsClientError", () => {});
  return new UpdateServer(server, await listen(server, port), files);
}

/** The files of a folder, as `npm run release -- publish` writes it. */
export function folderFiles(folder: string): Files {
  return {
    get(path) {
      const file = normalize(path);
      if (file.startsWith("..") || file.startsWith("/")) return undefined;
      try {
        return new Uint8Array(readFileSync(join(folder, file)));
      } catch {
        return undefined;
      }
    },
  };
}
