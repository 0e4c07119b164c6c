/** The files the browser asks for. All of them are made here; nothing comes from elsewhere. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface PageFile {
  readonly type: string;
  readonly body: string;
}

/** `style-src 'self'` also forbids style attributes: moving parts are set through the CSSOM. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const html = `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="A device that keeps the thirteen promises of the Code of Practice for Consumer IoT Security, on your desk.">
<title>Thirteen: the desk</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/panel.css">
<script type="module" src="/panel.js"></script>
</head>
<body>
<div id="desk"></div>
<noscript><p>The desk is drawn by a script of its own. Allow scripts for this address to see it.</p></noscript>
</body>
</html>
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#101a18"/><circle cx="16" cy="16" r="8" fill="#4be08a"/></svg>
`;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [here("client/main.tsx")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "silent",
  });
  return result.outputFiles[0]!.text;
}

async function styles(): Promise<string> {
  const sheets = [
    "theme",
    "layout",
    "lights",
    "mat",
    "board",
    "people",
    "owner",
    "attacker",
    "record",
  ];
  const texts = await Promise.all(
    sheets.map((sheet) => readFile(here(`client/${sheet}.css`), "utf8")),
  );
  return texts.join("\n");
}

/** Path → file. Bundled in memory, once, at start. */
export async function makePage(): Promise<ReadonlyMap<string, PageFile>> {
  const [script, style] = await Promise.all([bundle(), styles()]);
  return new Map([
    ["/", { type: "text/html; charset=utf-8", body: html }],
    ["/panel.js", { type: "text/javascript; charset=utf-8", body: script }],
    ["/panel.css", { type: "text/css; charset=utf-8", body: style }],
    ["/icon.svg", { type: "image/svg+xml", body: icon }],
  ]);
}
