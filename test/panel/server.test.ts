import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import test, { type ExecutionContext } from "ava";
import { maximumActionBytes } from "../../host-sim/panel/action.ts";
import { type PanelOptions, servePanel } from "../../host-sim/panel/serve.ts";
import { fakeDesk, fakePassword } from "./fake-desk.ts";
import { act, ask, follow } from "./http.ts";

async function open(t: ExecutionContext, options: Partial<PanelOptions> = {}) {
  const desk = fakeDesk();
  const panel = await servePanel({ desk, port: 0, ...options });
  t.teardown(async () => {
    desk.stop();
    await panel.close();
  });
  return { desk, url: panel.url };
}

test("serves the page with a strict policy and nothing to load from elsewhere", async (t) => {
  const { url } = await open(t);
  for (const path of ["/", "/panel.js", "/panel.css", "/icon.svg"]) {
    const { status, headers, body } = await ask(url, { path });
    t.is(status, 200, path);
    t.regex(String(headers["content-security-policy"]), /^default-src 'none';/);
    t.notRegex(String(headers["content-security-policy"]), /unsafe|\*/);
    t.is(headers["x-content-type-options"], "nosniff");
    t.is(headers["cross-origin-resource-policy"], "same-origin");
    const addresses = (body.match(/https?:\/\/[^"'\s)]+/g) ?? []).filter(
      (address) => !address.startsWith("http://www.w3.org/"),
    );
    t.deepEqual(addresses, [], path);
  }
});

test("other paths and methods find nothing", async (t) => {
  const { url } = await open(t);
  for (const path of ["/../package.json", "/panel.js.map", "/act", "/client/main.tsx"])
    t.is((await ask(url, { path })).status, 404, path);
  t.is((await ask(url, { method: "DELETE" })).status, 405);
  t.is((await ask(url, { method: "OPTIONS", path: "/act" })).status, 405);
});

test("listens on this machine's loopback only", async (t) => {
  const { url } = await open(t);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal);
  if (others.length === 0) t.log("this machine has no other address to try");
  for (const { address } of others)
    await t.throwsAsync(ask(url.replace("127.0.0.1", address)), { code: "ECONNREFUSED" });
  t.is(new URL(url).hostname, "127.0.0.1");
});

test("a rebound name gets neither page nor events", async (t) => {
  const { url } = await open(t);
  for (const path of ["/", "/events", "/panel.js"]) {
    const { status, body } = await ask(url, { path, headers: { host: "attacker.example" } });
    t.is(status, 421);
    t.false(body.includes(fakePassword));
  }
});

test("a foreign page gets no events and acts on nothing", async (t) => {
  const { desk, url } = await open(t);
  const origin = "http://attacker.example";
  t.is((await ask(url, { path: "/events", headers: { origin } })).status, 403);
  t.is((await act(url, { type: "plug" }, { origin })).status, 403);
  t.is((await act(url, { type: "plug" }, { "content-type": "text/plain" })).status, 415);
  t.deepEqual(desk.actions, []);
});

test("control: without the guard the same requests succeed", async (t) => {
  const { desk, url } = await open(t, { guard: () => undefined });
  const headers = { host: "attacker.example", origin: "http://attacker.example" };
  t.is((await ask(url, { headers })).status, 200);
  t.is((await act(url, { type: "plug" }, headers)).status, 200);
  t.deepEqual(desk.actions, [{ type: "plug" }]);
});

test("an action reaches the desk, and its refusal comes back in words", async (t) => {
  const { desk, url } = await open(t);
  t.is((await act(url, { type: "press" })).body, '{"ok":true}');
  const early = await act(url, { type: "set-up", password: fakePassword, ssid: "Desk network" });
  t.is(early.status, 409);
  t.regex(early.body, /Press the button/);
  t.false(early.body.includes(fakePassword));
  t.is(desk.actions.length, 2);
});

test("what is no action does not reach the desk", async (t) => {
  const { desk, url } = await open(t);
  for (const body of ["", "{", "null", '{"type":"wipe"}', "[".repeat(1000)])
    t.is((await act(url, body)).status, 400, body.slice(0, 20));
  t.is((await act(url, " ".repeat(maximumActionBytes + 1))).status, 413);
  t.deepEqual(desk.actions, []);
});

test("a desk that fails says so without repeating what was typed", async (t) => {
  const broken = {
    ...fakeDesk(),
    act: async () => {
      throw new Error(`cannot use ${fakePassword}`);
    },
  };
  const { url } = await open(t, { desk: broken });
  const { status, body } = await act(url, { type: "plug" });
  t.is(status, 500);
  t.false(body.includes(fakePassword));
});

test("events follow the snapshot in order", async (t) => {
  const { desk, url } = await open(t);
  const stream = await follow(url);
  t.teardown(() => stream.close());
  await stream.until((text) => text.includes("\n\n"));
  for (const text of ["one", "two", "three"]) desk.note({ part: "device", text, tone: "plain" });
  const received = await stream.until((text) => text.includes('"three"'));
  const events = received
    .split("\n\n")
    .filter(Boolean)
    .map((event) => JSON.parse(event.replace(/^data: /, "")));
  t.deepEqual(
    events.map((event) => event.entry?.text ?? event.type),
    ["view", "one", "two", "three"],
  );
});

test("a covered label is in no byte that leaves the server", async (t) => {
  const { desk, url } = await open(t);
  t.is((await act(url, { type: "cover", covered: true })).status, 200);
  const stream = await follow(url);
  t.teardown(() => stream.close());
  await act(url, { type: "plug" });
  const text = await stream.until((received) => received.includes("Power is on"));
  t.true(text.includes('"label":{"covered":true}'));
  t.false(text.includes(fakePassword));
  t.false(text.includes("<svg"));
  // Even if the desk left the secret in the object it called covered.
  const careless = { covered: true, password: fakePassword, svg: "<svg/>" } as const;
  desk.emit({ type: "set", parts: { label: careless } });
  desk.emit({ type: "view", view: { ...desk.view(), label: careless } });
  desk.note({ part: "board", text: "last", tone: "plain" });
  t.false((await stream.until((received) => received.includes('"last"'))).includes(fakePassword));
});

test("control: the uncovered label is there to be found", async (t) => {
  const { url } = await open(t);
  const stream = await follow(url);
  t.teardown(() => stream.close());
  t.true((await stream.until((text) => text.includes("\n\n"))).includes(fakePassword));
});

test("a busy port is named, with what to do", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  const error = await t.throwsAsync(servePanel({ desk: fakeDesk(), port }));
  t.true(error.message.includes(`Port ${port} `));
  t.true(error.message.includes("--port N"));
});

test("an impossible port is refused in words", async (t) => {
  for (const port of [-1, 65_536, 1.5, Number.NaN])
    await t.throwsAsync(servePanel({ desk: fakeDesk(), port }), { message: /0 to 65535/ });
});

test("closing ends the streams and frees the port", async (t) => {
  const desk = fakeDesk();
  const panel = await servePanel({ desk, port: 0 });
  const stream = await follow(panel.url);
  await panel.close();
  await stream.ended;
  const again = await servePanel({ desk, port: Number(new URL(panel.url).port) });
  t.is(again.url, panel.url);
  await again.close();
});
