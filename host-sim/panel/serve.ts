/** The panel's web server: four files, one stream of events, one way to act. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Fault } from "../../provisioning/fault.ts";
import { maximumActionBytes, readAction } from "./action.ts";
import { contentSecurityPolicy, makePage, type PageFile } from "./page.ts";
import { refusalStatus, refuseRequest } from "./request-guard.ts";
import type { ActionResult, Desk, DeskEvent, LabelView } from "./view.ts";

export interface PanelOptions {
  desk: Desk;
  /** TCP port on 127.0.0.1; 0 lets the system choose. */
  port: number;
  /** For tests that show what happens without it. */
  guard?: typeof refuseRequest;
}

export interface Panel {
  /** e.g. `http://127.0.0.1:8013/` */
  readonly url: string;
  close(): Promise<void>;
}

/** Bytes a page may be behind before it is dropped; it then reconnects to a fresh snapshot. */
const maximumBacklogBytes = 1_048_576;

const headers = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...headers, "content-type": type });
  response.end(body);
}

function answerJson(response: ServerResponse, status: number, result: ActionResult): void {
  answer(response, status, "application/json", JSON.stringify(result));
}

/** A covered label leaves as exactly that, whatever else the desk left in the object. */
const visibleLabel = (label: LabelView): LabelView => (label.covered ? { covered: true } : label);

function wireForm(event: DeskEvent): string {
  let shown = event;
  if (event.type === "view")
    shown = { type: "view", view: { ...event.view, label: visibleLabel(event.view.label) } };
  if (event.type === "set" && event.parts.label)
    shown = { type: "set", parts: { ...event.parts, label: visibleLabel(event.parts.label) } };
  return `data: ${JSON.stringify(shown)}\n\n`;
}

/** Server-Sent Events (HTML standard, section 9.2): the snapshot, then every event. */
function stream(desk: Desk, response: ServerResponse): void {
  response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
  // Subscribed before the snapshot is sent, and both synchronous: no event falls in between.
  const stop = desk.subscribe((event) => {
    if (response.writableLength > maximumBacklogBytes) response.destroy();
    else response.write(wireForm(event));
  });
  response.on("close", stop);
  response.write(wireForm({ type: "view", view: desk.view() }));
}

/** The body, or `undefined` as soon as it is longer than an action can be. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maximumActionBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function act(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    response.setHeader("connection", "close");
    answerJson(response, 413, { ok: false, message: "That is too long for an action." });
    return;
  }
  const read = readAction(parseJson(body));
  if ("message" in read) {
    answerJson(response, 400, { ok: false, message: read.message });
    return;
  }
  const result = await desk.act(read.action);
  answerJson(response, result.ok ? 200 : 409, result);
}

function route(
  desk: Desk,
  page: ReadonlyMap<string, PageFile>,
  request: IncomingMessage,
  path: string,
  response: ServerResponse,
): void {
  const file = page.get(path);
  if (path === "/act" && request.method === "POST") {
    act(desk, request, response).catch(() => {
      if (response.headersSent || response.destroyed) return;
      // The error may quote what the visitor typed, so it stays here.
      answerJson(response, 500, { ok: false, message: "The desk failed at this. Restart it." });
    });
  } else if (request.method !== "GET") answer(response, 405, "text/plain", "Not this way.\n");
  else if (path === "/events") stream(desk, response);
  else if (file) answer(response, 200, file.type, file.body);
  else answer(response, 404, "text/plain", "Nothing here.\n");
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE")
    return new Fault(
      `Port ${port} is taken by another program. Choose another with --port N, or --port 0 for any free one.`,
    );
  if (error.code === "EACCES")
    return new Fault(`Port ${port} needs more rights than you have. Choose another with --port N.`);
  return error;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, port)));
    server.listen(port, "127.0.0.1", resolve);
  });
}

/** Resolves when the panel could have `port` now. @throws Fault, one line for people. */
export async function portIsFree(port: number): Promise<void> {
  const server = createServer();
  await listen(server, port);
  await new Promise((closed) => server.close(closed));
}

/**
 * Serves the panel on 127.0.0.1 only.
 * @throws (rejects) with a message for the user when the port cannot be had.
 */
export async function servePanel({
  desk,
  port,
  guard = refuseRequest,
}: PanelOptions): Promise<Panel> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error("A port is a whole number from 0 to 65535. Choose one with --port N.");
  const page = await makePage();
  let bound = port;
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0]!;
    const method = request.method ?? "";
    const refusal = guard({ method, path, headers: request.headers }, bound);
    if (refusal) answer(response, refusalStatus[refusal], "text/plain", `Refused: ${refusal}\n`);
    else route(desk, page, request, path, response);
  });
  await listen(server, port);
  bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
