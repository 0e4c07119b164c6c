/**
 * Who may talk to the panel: a page that the panel itself served, and nobody else.
 *
 * Listening on 127.0.0.1 keeps other machines out, not other web pages: a site the visitor has open
 * can send requests here, and with DNS rebinding even read the answers, under its own name. The
 * Host header gives a rebound name away, Origin and Fetch Metadata the foreign page.
 */

export interface RequestHead {
  method: string;
  /** Path without query. */
  path: string;
  headers: { readonly [name: string]: string | string[] | undefined };
}

export type Refusal =
  | "foreign-host"
  | "foreign-origin"
  | "foreign-site"
  | "origin-missing"
  | "not-json";

/** The HTTP status that goes with a refusal. */
export const refusalStatus: Readonly<Record<Refusal, number>> = {
  "foreign-host": 421,
  "foreign-origin": 403,
  "foreign-site": 403,
  "origin-missing": 403,
  "not-json": 415,
};

/** `undefined` when the request may pass. `port` is the port the panel listens on. */
export function refuseRequest(request: RequestHead, port: number): Refusal | undefined {
  const { host, origin } = request.headers;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (typeof host !== "string" || !hosts.includes(host)) return "foreign-host";
  if (origin !== undefined && origin !== `http://${host}`) return "foreign-origin";

  // Another port on this machine is "same-site", and no less foreign. A link to the page may be
  // followed from anywhere; loading its parts may not.
  const site = request.headers["sec-fetch-site"];
  const isLink = request.path === "/" && request.headers["sec-fetch-mode"] === "navigate";
  if (site !== undefined && site !== "same-origin" && site !== "none" && !isLink)
    return "foreign-site";

  if (request.method !== "POST") return undefined;
  // Browsers always name the origin of a POST, so one without is no page of ours.
  if (origin === undefined) return "origin-missing";
  const type = String(request.headers["content-type"] ?? "").split(";")[0];
  // A foreign form can send text/plain without asking; JSON needs a preflight, which gets no answer.
  return type?.trim().toLowerCase() === "application/json" ? undefined : "not-json";
}
