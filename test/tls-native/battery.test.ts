/**
 * The TLS battery on the firmware's own C source: what a server must not get away with, and a
 * negative control that breaks the guard and sees the same server get away with it.
 * EN 303 645 5.5-1, 5.5-2; RFC 9325; RFC 9525.
 */
import test from "ava";
import { findToolchain, type Sabotage } from "../mbedtls/toolchain.ts";
import { issue } from "./certificates.ts";
import { bothVersions, buildHouse, impostors, name } from "./impostors.ts";
import { buildPeer, type Outcome, type Peer } from "./peer.ts";
import { cuttingProxy, echoServer, rawServer, type Server } from "./servers.ts";

const legacy = "DEFAULT:@SECLEVEL=0";

const toolchain = findToolchain();
const native = "missing" in toolchain ? test.serial.skip : test.serial;
const whyNot = "missing" in toolchain ? ` [skipped: ${toolchain.missing}]` : "";

const house = buildHouse();

/** Built once each: as shipped (no sabotage) and as broken by each control. */
const peers = new Map<Sabotage, Promise<Peer>>();
const asShipped: Sabotage = [];

function peerWith(sabotage: Sabotage): Promise<Peer> {
  if ("missing" in toolchain) throw new Error(toolchain.missing);
  const peer = peers.get(sabotage) ?? buildPeer(toolchain, sabotage);
  peers.set(sabotage, peer);
  return peer;
}

async function meet(
  port: number,
  anchors?: readonly Uint8Array[],
  sabotage = asShipped,
): Promise<Outcome> {
  const { root, unit } = await house;
  const peer = await peerWith(sabotage);
  const [outcome] = await peer.run({
    port,
    names: [name],
    key: unit.keyDer,
    chain: [unit.der],
    anchors: anchors ?? [root.der],
  });
  if (!outcome) throw new Error("the peer said nothing");
  return outcome;
}

async function against(server: Server, sabotage = asShipped): Promise<Outcome> {
  try {
    return await meet(server.port, undefined, sabotage);
  } finally {
    await server.close();
  }
}

// --- positive controls ------------------------------------------------------------------------

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  native(`${version}: verified both ways, bytes unchanged${whyNot}`, async (t) => {
    const { good, deviceRoot } = await house;
    const server = await echoServer({
      key: good.keyPem,
      cert: good.pem,
      ca: deviceRoot.pem,
      minVersion: version,
      maxVersion: version,
    });
    const outcome = await against(server);
    t.like(outcome, { end: "done", open: true, version, echoed: 64 });
    t.deepEqual(server.clients, ["unit-1"]);
  });
}

native(`either of two anchors will do${whyNot}`, async (t) => {
  const { root } = await house;
  const next = await issue({ commonName: "Next root", isAuthority: true });
  const mine = await issue({ commonName: "x", names: [name], usage: "server", issuer: next });
  const server = await echoServer({ key: mine.keyPem, cert: mine.pem });
  t.is((await meet(server.port, [root.der, next.der])).end, "done");
  t.is((await meet(server.port, [next.der])).end, "done");
  t.is((await meet(server.port, [root.der])).end, "untrusted");
  await server.close();
});

native(`an address can be the name${whyNot}`, async (t) => {
  const { root, unit } = await house;
  const names = ["127.0.0.1"];
  const mine = await issue({ commonName: "x", names, usage: "server", issuer: root });
  const server = await echoServer({ key: mine.keyPem, cert: mine.pem });
  const peer = await peerWith(asShipped);
  const [right, wrong] = await peer.run({
    port: server.port,
    names: ["127.0.0.1", "127.0.0.2"],
    key: unit.keyDer,
    chain: [unit.der],
    anchors: [root.der],
  });
  t.is(right?.end, "done");
  t.is(wrong?.end, "wrong-name");
  await server.close();
});

native(`an RSA-2048 server and an intermediate are accepted${whyNot}`, async (t) => {
  const { root } = await house;
  const middle = await issue({ commonName: "Middle", isAuthority: true, issuer: root });
  const leaf = await issue({ commonName: "rsa", names: [name], key: "RSA-2048", issuer: middle });
  const cert = leaf.pem + middle.pem;
  t.is((await against(await echoServer({ key: leaf.keyPem, cert }))).end, "done");
});

// --- certificates that must be refused --------------------------------------------------------

for (const { title, end, present, control, versions = bothVersions } of impostors) {
  native(`refused: ${title}${whyNot}`, async (t) => {
    const { key, cert } = await present(await house);
    for (const version of versions) {
      const options = { key: key.keyPem, cert, ciphers: legacy, maxVersion: version } as const;
      const outcome = await against(await echoServer(options));
      t.like(outcome, { end, open: false, echoed: 0 }, version);
      const broken = await against(await echoServer(options), control);
      t.is(broken.end, "done", `negative control, ${version}`);
    }
  });
}

// --- protocols that must be refused -----------------------------------------------------------

for (const version of ["TLSv1", "TLSv1.1"] as const) {
  native(`a server of ${version} is refused${whyNot}`, async (t) => {
    const { good } = await house;
    const server = await echoServer({
      key: good.keyPem,
      cert: good.pem,
      ciphers: legacy,
      minVersion: "TLSv1",
      maxVersion: version,
    });
    t.like(await against(server), { end: "alert", open: false });
  });
}

/** A ServerHello of the given version, RFC 5246 7.4.1.3, with a suite that version had. */
function serverHello(minor: number): Uint8Array {
  const body = [3, minor, ...new Array<number>(32).fill(7), 0, 0xc0, 0x09, 0];
  const message = [2, 0, 0, body.length, ...body];
  return Uint8Array.from([22, 3, minor, 0, message.length, ...message]);
}

native(`an answer in TLS 1.1 to our offer is a version refusal${whyNot}`, async (t) => {
  for (const minor of [0, 1, 2])
    t.like(await against(await rawServer(serverHello(minor))), { end: "version", open: false });
});

native(`a suite without forward secrecy is refused${whyNot}`, async (t) => {
  const { root } = await house;
  const rsa = await issue({ commonName: name, names: [name], key: "RSA-2048", issuer: root });
  const server = await echoServer({
    key: rsa.keyPem,
    cert: rsa.pem,
    ciphers: "AES128-GCM-SHA256:AES128-SHA",
    maxVersion: "TLSv1.2",
  });
  t.like(await against(server), { end: "alert", open: false });
});

native(`plaintext peers are refused${whyNot}`, async (t) => {
  const replies = [
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    "220 mail.test ESMTP\r\n",
    "\x20\x02\x00\x00",
  ];
  for (const reply of replies) {
    const outcome = await against(await rawServer(new TextEncoder().encode(reply), true));
    t.true(["protocol", "truncated", "version"].includes(outcome.end), `${reply}: ${outcome.end}`);
    t.false(outcome.open);
  }
});

native(`a handshake cut after any number of bytes ends, and nothing leaks${whyNot}`, async (t) => {
  const { good } = await house;
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    const server = await echoServer({ key: good.keyPem, cert: good.pem, maxVersion });
    for (const limit of [0, 1, 4, 5, 6, 43, 80, 120, 127, 200, 300, 450]) {
      const outcome = await against(await cuttingProxy(server.port, limit));
      t.like(outcome, { open: false, echoed: 0 }, `${maxVersion} after ${limit}`);
      t.is(outcome.end, "truncated");
    }
    await server.close();
  }
});

native(`renegotiation is not entered${whyNot}`, async (t) => {
  const { good } = await house;
  let asked: Error | null | undefined;
  const server = await echoServer(
    { key: good.keyPem, cert: good.pem, maxVersion: "TLSv1.2" },
    (socket) => {
      socket.renegotiate({}, (error) => {
        asked = error;
      });
    },
  );
  const outcome = await against(server);
  t.like(outcome, { open: true, version: "TLSv1.2" });
  t.regex(String(asked?.message ?? server.errors.join()), /renegotiation/i);
});

native(`a server that refuses the unit's certificate ends the session${whyNot}`, async (t) => {
  const { good, root } = await house;
  const server = await echoServer({ key: good.keyPem, cert: good.pem, ca: root.pem });
  const outcome = await against(server);
  t.is(outcome.echoed, 0);
  t.true(["alert", "truncated"].includes(outcome.end), outcome.end);
});

test.after.always(async () => {
  for (const peer of peers.values()) (await peer).remove();
});
