import { type ClientRequest, type IncomingHttpHeaders, request } from "node:http";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Ask {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A request with any header, Host included, which `fetch` would not allow. */
export function ask(url: string, options: Ask = {}): Promise<Answer> {
  const { path = "/", method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(new URL(path, url), { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Sends an action as the page does. */
export const act = (url: string, action: unknown, headers: Record<string, string> = {}) =>
  ask(url, {
    path: "/act",
    method: "POST",
    headers: {
      origin: new URL(url).origin,
      "content-type": "application/json",
      ...headers,
    },
    body: typeof action === "string" ? action : JSON.stringify(action),
  });

export interface Stream {
  /** Everything received so far. */
  text(): string;
  /** Resolves when the text so far satisfies the condition. */
  until(condition: (text: string) => boolean): Promise<string>;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Follows `/events` raw, as bytes came over the wire. */
export function follow(url: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL("/events", url), (response) => {
      let text = "";
      const waiting = new Set<() => void>();
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        for (const look of waiting) look();
      });
      resolve({
        text: () => text,
        until: (condition) =>
          new Promise((done) => {
            const look = () => {
              if (!condition(text)) return;
              waiting.delete(look);
              done(text);
            };
            waiting.add(look);
            look();
          }),
        ended: new Promise((done) => response.once("close", done)),
        close: () => sent.destroy(),
      });
      response.on("error", () => {});
    });
    sent.on("error", reject);
    sent.end();
  });
}
