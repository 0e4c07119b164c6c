import { createPrivateKey, createPublicKey, webcrypto } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import tls from "node:tls";
import anyTest, { type ExecutionContext, type TestFn } from "ava";
import { RealClock, VirtualClock } from "../../host-sim/board/clock.ts";
import { Radio } from "../../host-sim/board/radio.ts";
import { receiveLimit, sendLimit } from "../../host-sim/runtime/protocol.ts";
import {
  type Authority,
  type CertificateOptions,
  createAuthority,
  generateKeyPair,
  issueCertificate,
  toPem,
} from "../../provisioning/certificate-authority.ts";
import type { DialOrder } from "./firmware/dialler.ts";
import { next, pause, subject } from "./unit-fixture.ts";

const day = 86_400_000;
const name = "broker.thirteen.test";
const validity = {
  notBefore: new Date(Date.now() - day),
  notAfter: new Date(Date.now() + day),
};

interface Credential {
  key: string;
  /** PEM chain, leaf first. */
  cert: string;
  certificate: Uint8Array;
  privateKey: Uint8Array;
}

interface World {
  server: Authority;
  device: Authority;
  stranger: Authority;
  unit: Credential;
}

const test = anyTest as TestFn<World>;

async function credential(
  authority: Authority,
  options: Partial<CertificateOptions>,
): Promise<Credential> {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(authority, {
    commonName: name,
    usage: "server",
    names: [name],
    publicKey,
    ...validity,
    ...options,
  });
  return {
    key: toPem("PRIVATE KEY", privateKey),
    cert: toPem("CERTIFICATE", certificate),
    certificate,
    privateKey,
  };
}

test.before(async (t) => {
  const root = (commonName: string) => createAuthority({ commonName, ...validity });
  const [server, device, stranger] = await Promise.all([
    root("server CA"),
    root("device CA"),
    root("server CA"),
  ]);
  const unit = await credential(device, { commonName: "unit", usage: "client", names: [] });
  t.context = { server, device, stranger, unit };
});

/** A TLS server that asks for the unit's certificate and notes what it hears. */
function tlsServer(world: World, with_: Partial<tls.TlsOptions>) {
  const heard: string[] = [];
  const server = tls.createServer(
    {
      ca: toPem("CERTIFICATE", world.device.certificate),
      requestCert: true,
      rejectUnauthorized: true,
      ...with_,
    },
    (socket) => {
      heard.push(`client ${socket.getPeerCertificate().subject.CN}`);
      socket.on("data", (data) => heard.push(data.toString("latin1")));
      socket.on("error", () => {});
      socket.write("welcome");
    },
  );
  server.on("tlsClientError", () => {});
  return { server, heard };
}

async function listen(t: ExecutionContext<World>, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A unit that dials `server` once it is in the network. */
async function dialler(
  t: ExecutionContext<World>,
  server: Server,
  order: Partial<DialOrder> = {},
  clock: RealClock | VirtualClock = new RealClock(),
) {
  const { unit, server: authority } = t.context;
  const radio = new Radio();
  radio.addNetwork({ SSID: "home", password: "pw" });
  radio.route(name, 8883, await listen(t, server));
  const hex = (der: Uint8Array) => Buffer.from(der).toString("hex");
  const found = await subject(
    "dialler",
    {
      SSID: "home",
      password: "pw",
      host: name,
      port: 8883,
      serverName: name,
      anchors: [hex(authority.certificate)],
      certificate: [hex(unit.certificate)],
      privateKey: hex(unit.privateKey),
      ...order,
    } satisfies DialOrder,
    { clock, radio },
  );
  t.teardown(() => found.unit.unplug());
  const refusals: string[] = [];
  const connections: string[] = [];
  found.unit.on("refused", ({ reason }) => refusals.push(reason));
  found.unit.on("connected", ({ protocol }) => connections.push(protocol));
  return { ...found, radio, refusals, connections };
}

/** The board refuses; the device is told once, wrote nothing, lives on and does not spin. */
async function refused(
  t: ExecutionContext<World>,
  server: Server,
  reason: RegExp,
  order: Partial<DialOrder> = {},
) {
  const { unit, said, hears, deaths, refusals, connections } = await dialler(t, server, order);
  let dials = 0;
  unit.on("dial", () => dials++);
  await unit.plug();
  const { detail } = await hears("error");
  await pause(150);
  t.regex(String(detail?.reason), reason);
  t.is(detail?.grants, 0, "the device never learned that it may write");
  t.deepEqual(connections, []);
  t.deepEqual(refusals, [String(detail?.reason)]);
  t.is(said.filter(({ event }) => event === "error").length, 1);
  t.is(dials, 1);
  t.deepEqual(deaths, []);
  t.is(unit.state, "running");
  t.deepEqual(unit.connections(), []);
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const)
  test(`positive control: the genuine server over ${version}, with the unit's certificate`, async (t) => {
    const genuine = await credential(t.context.server, {});
    const { server, heard } = tlsServer(t.context, {
      ...genuine,
      minVersion: version,
      maxVersion: version,
    });
    const { unit, hears, connections, refusals } = await dialler(t, server);
    await unit.plug();
    t.is((await hears("received")).detail?.text, "welcome");
    while (heard.length < 2) await pause(5);
    t.deepEqual(heard, ["client unit", "hello"]);
    t.deepEqual([connections, refusals], [[version], []]);
    t.deepEqual(
      unit.connections().map(({ host, bytesIn, bytesOut }) => [host, bytesIn, bytesOut]),
      [[name, 7, 5]],
    );
  });

test("positive control: while a root is rotated, a server under either anchor is trusted", async (t) => {
  const { server, heard } = tlsServer(t.context, await credential(t.context.stranger, {}));
  const anchors = [t.context.server, t.context.stranger].map(({ certificate }) =>
    Buffer.from(certificate).toString("hex"),
  );
  const { unit, hears } = await dialler(t, server, { anchors });
  await unit.plug();
  await hears("received");
  t.is(heard[0], "client unit");
});

test("positive control: a chain over an intermediate authority", async (t) => {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = await issueCertificate(t.context.server, {
    commonName: "intermediate",
    usage: "server",
    publicKey,
    isAuthority: true,
    ...validity,
  });
  const leaf = await credential({ certificate, privateKey }, {});
  const cert = leaf.cert + toPem("CERTIFICATE", certificate);
  const { unit, hears } = await dialler(t, tlsServer(t.context, { ...leaf, cert }).server);
  await unit.plug();
  t.is((await hears("received")).detail?.text, "welcome");
});

function spkiOf(pkcs8: Uint8Array): Uint8Array {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  return createPublicKey(key as never).export({ format: "der", type: "spki" });
}

type Certify = (world: World) => Promise<Partial<tls.TlsOptions>>;

const impostors: Record<string, [certify: Certify, reason: RegExp]> = {
  "of another CA, even one of the same name": [
    ({ stranger }) => credential(stranger, {}),
    /unknown authority|signature in the chain is wrong/,
  ],
  "with another name": [
    ({ server }) => credential(server, { names: ["other.thirteen.test"] }),
    /not for broker\.thirteen\.test/,
  ],
  "with the name only as common name": [
    ({ server }) => credential(server, { names: [] }),
    /not for broker\.thirteen\.test/,
  ],
  "with the name as an address": [
    ({ server }) => credential(server, { names: ["127.0.0.1"] }),
    /not for broker\.thirteen\.test/,
  ],
  "that has expired": [
    ({ server }) => credential(server, { notAfter: new Date(Date.now() - 60_000) }),
    /has expired/,
  ],
  "that is not yet valid": [
    ({ server }) => credential(server, { notBefore: new Date(Date.now() + 60_000) }),
    /not yet valid/,
  ],
  "that is self-signed, with the genuine CA appended": [
    async ({ server }) => {
      // An end entity's certificate over an authority's own key and name: self-signed.
      const self = await createAuthority({ commonName: name, ...validity });
      const publicKey = spkiOf(self.privateKey);
      const leaf = await credential(self, { publicKey });
      const genuine = toPem("CERTIFICATE", server.certificate);
      return { key: toPem("PRIVATE KEY", self.privateKey), cert: leaf.cert + genuine };
    },
    /self-signed/,
  ],
  "of another CA, with the genuine CA appended": [
    async ({ server, stranger }) => {
      const leaf = await credential(stranger, {});
      return { ...leaf, cert: leaf.cert + toPem("CERTIFICATE", server.certificate) };
    },
    /unknown authority|signature in the chain is wrong/,
  ],
  "that is a device's, of the device CA": [
    ({ device }) => credential(device, { usage: "client" }),
    /unknown authority|not a server's/,
  ],
  "that is a client's, though of the server CA": [
    ({ server }) => credential(server, { usage: "client" }),
    /not a server's/,
  ],
  "signed by a server's certificate in place of an authority's": [
    async ({ server }) => {
      const middle = await credential(server, {});
      const leaf = await credential(middle, {});
      return { ...leaf, cert: leaf.cert + middle.cert };
    },
    /no authority's|does not include certificate signing/,
  ],
};

for (const [what, [certify, reason]] of Object.entries(impostors))
  test(`refused: a server's certificate ${what}`, async (t) => {
    const { server, heard } = tlsServer(t.context, await certify(t.context));
    await refused(t, server, reason);
    t.deepEqual(heard, []);
  });

test("refused: a device's certificate as a server's, even where the device CA is the anchor", async (t) => {
  const { device, unit } = t.context;
  const { server } = tlsServer(t.context, { key: unit.key, cert: unit.cert });
  const anchors = [Buffer.from(device.certificate).toString("hex")];
  await refused(t, server, /not a server's/, { anchors });
});

test("refused: no anchor, and an anchor that is none", async (t) => {
  const genuine = await credential(t.context.server, {});
  await refused(t, tlsServer(t.context, genuine).server, /no anchor/, { anchors: [] });
  await refused(t, tlsServer(t.context, genuine).server, /unusable/, { anchors: ["3000"] });
});

test("refused: a certificate that does not say it is a server's, which OpenSSL lets pass", async (t) => {
  const { server: authority } = t.context;
  // Not at the top: the library looks for it while it loads.
  await import("../reflect-metadata.ts");
  const { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } =
    await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const issuer = new X509Certificate(new Uint8Array(authority.certificate));
  const { privateKey, publicKey } = generateKeyPair();
  const silent = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: issuer.subject,
    ...validity,
    publicKey: new Uint8Array(publicKey),
    signingKey: await webcrypto.subtle.importKey("pkcs8", authority.privateKey, algorithm, false, [
      "sign",
    ]),
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
  });
  const offer = { key: toPem("PRIVATE KEY", privateKey), cert: silent.toString("pem") };
  await refused(t, tlsServer(t.context, offer).server, /not a server's/);

  // Negative control: without our own look at the leaf this server would be believed.
  const { server } = tlsServer(t.context, { ...offer, requestCert: false });
  const socket = tls.connect({
    port: await listen(t, server),
    host: "127.0.0.1",
    servername: name,
    ca: toPem("CERTIFICATE", authority.certificate),
  });
  await once(socket, "secureConnect");
  t.true(socket.authorized);
  socket.destroy();
});

test("refused: TLS 1.1", async (t) => {
  const { server } = tlsServer(t.context, {
    ...(await credential(t.context.server, {})),
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  await refused(t, server, /version|older than 1\.2/i);
});

test("refused: a cipher without forward secrecy", async (t) => {
  const { server } = tlsServer(t.context, {
    ...(await credential(t.context.server, {})),
    maxVersion: "TLSv1.2",
    ciphers: "ECDHE-ECDSA-AES128-SHA",
  });
  await refused(t, server, /handshake failure/i);
});

/** Peers that do not finish, or do not begin, a handshake. */
const mutes: Record<string, [peer: (socket: Socket) => void, reason: RegExp]> = {
  "speaks plaintext": [(socket) => socket.write("MQTT at your service\r\n"), /does not speak TLS/],
  "hangs up at once": [(socket) => socket.destroy(), /closed by the peer/],
  "hangs up in the handshake": [
    (socket) => socket.once("data", () => socket.end(Buffer.from([22, 3, 3, 0, 90, 2, 0, 0, 86]))),
    /closed by the peer|unexpected eof/i,
  ],
  "resets in the handshake": [
    (socket) => socket.once("data", () => socket.resetAndDestroy()),
    /closed by the peer/,
  ],
  "sends endless noise": [
    (socket) => {
      const noise = () => {
        if (!socket.destroyed) socket.write(Buffer.alloc(65_536, 0x16), () => setImmediate(noise));
      };
      noise();
    },
    /TLS|version|record/i,
  ],
};

for (const [what, [peer, reason]] of Object.entries(mutes))
  test(`refused: a peer that ${what}`, async (t) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      peer(socket);
    });
    await refused(t, server, reason);
  });

test("refused by the clock: a handshake that stops half-way", async (t) => {
  const clock = new VirtualClock();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(Buffer.from([22, 3, 3, 0, 90, 2, 0, 0, 86])));
  });
  const { unit, said, deaths } = await dialler(t, server, {}, clock);
  await unit.plug();
  await clock.advance(1_000);
  await pause(50);
  t.false(said.some(({ event }) => event === "error"));
  await clock.advance(10_000);
  const errors = said.filter(({ event }) => event === "error");
  t.deepEqual(
    errors.map(({ detail }) => detail?.reason),
    ["no answer"],
  );
  t.deepEqual(deaths, []);
});

test("refused: nobody listens there", async (t) => {
  const closed = createServer();
  const { unit, hears, radio } = await dialler(t, closed);
  radio.route(name, 8883, 1);
  await unit.plug();
  t.regex(String((await hears("error")).detail?.reason), /nothing answers/);
});

test("a server that refuses the unit's certificate is told apart from silence", async (t) => {
  const { server } = tlsServer(t.context, {
    ...(await credential(t.context.server, {})),
    ca: toPem("CERTIFICATE", t.context.stranger.certificate),
  });
  const { unit, hears, deaths } = await dialler(t, server);
  await unit.plug();
  t.regex(String((await hears("error")).detail?.reason), /alert|closed by the peer/i);
  t.deepEqual(deaths, []);
});

test("a device that does not read holds the sender back", async (t) => {
  const genuine = await credential(t.context.server, {});
  const { server } = tlsServer(t.context, genuine);
  let pushed = 0;
  server.on("secureConnection", (socket: tls.TLSSocket) => {
    const push = () => {
      while (pushed < 64 * 1024 * 1024) {
        pushed += 65_536;
        if (!socket.write(Buffer.alloc(65_536))) break;
      }
    };
    socket.on("drain", push);
    push();
  });
  const { unit, hears, said, deaths } = await dialler(t, server, { slowly: 100 });
  let held = 0;
  unit.on("bytes", ({ way, bytes }) => {
    if (way === "in") held += bytes;
  });
  const sipped = () =>
    Number(said.filter(({ event }) => event === "sipped").at(-1)?.detail?.received ?? 0);
  await unit.plug();
  await hears("sipped");
  while (sipped() < 300) await pause(20);
  for (let before = -1; before !== pushed; ) {
    before = pushed;
    await pause(100);
  }
  const read = sipped();
  // One TLS record may come in on top of a full buffer.
  t.true(held - read <= receiveLimit + 16_384, `${held - read} bytes held`);
  t.true(pushed < 32 * 1024 * 1024, "the sender felt it");
  t.deepEqual(deaths, []);
});

test("a device writes no more than it was granted, and all of it arrives in order", async (t) => {
  const size = 300_000;
  const { server } = tlsServer(t.context, await credential(t.context.server, {}));
  const received: Buffer[] = [];
  server.on("secureConnection", (socket: tls.TLSSocket) =>
    socket.on("data", (data: Buffer) => received.push(data)),
  );
  const { unit, said, hears } = await dialler(t, server, { send: size, greedy: true });
  await unit.plug();
  await hears("greed refused");
  while (Buffer.concat(received).length < size) await pause(10);
  t.true(Buffer.concat(received).equals(Buffer.from(Array.from({ length: size }, (_, i) => i))));
  const sent = said.filter(({ event }) => event === "sent");
  t.true(sent.length < (4 * size) / sendLimit + 4, `${sent.length} grants for ${size} bytes`);
});

test("the cable: silent while it is out, everything arrives once it is back", async (t) => {
  const { server, heard } = tlsServer(t.context, await credential(t.context.server, {}));
  let theirs: tls.TLSSocket | undefined;
  server.on("secureConnection", (socket: tls.TLSSocket) => {
    theirs = socket;
  });
  const { unit, radio, said, hears } = await dialler(t, server);
  await unit.plug();
  await hears("received");
  while (heard.length < 2) await pause(5);
  radio.setUpstream(false);
  theirs!.write("while out");
  await pause(100);
  t.is(said.filter(({ event }) => event === "received").length, 1);
  t.is(said.filter(({ event }) => event === "error").length, 0);
  radio.setUpstream(true);
  await next(unit, "trace");
  t.is(said.at(-1)?.detail?.text, "while out");
});

test("the cable, torn: the device learns at once", async (t) => {
  const { server } = tlsServer(t.context, await credential(t.context.server, {}));
  const { unit, radio, hears } = await dialler(t, server);
  await unit.plug();
  await hears("received");
  radio.setUpstream(false, "reset");
  t.is((await hears("error")).detail?.reason, "connection reset");
});

test("the cable out before the dial: no answer, by the clock", async (t) => {
  const clock = new VirtualClock();
  const { server } = tlsServer(t.context, await credential(t.context.server, {}));
  const { unit, radio, said } = await dialler(t, server, {}, clock);
  radio.setUpstream(false);
  await unit.plug();
  await clock.advance(9_000);
  t.false(said.some(({ event }) => event === "error"));
  await clock.advance(3_000);
  t.is(said.at(-1)?.detail?.reason, "no answer");
});

test("the network switched off: the connection is lost with it", async (t) => {
  const { server } = tlsServer(t.context, await credential(t.context.server, {}));
  const { unit, radio, hears } = await dialler(t, server);
  await unit.plug();
  await hears("received");
  radio.removeNetwork("home");
  t.is((await hears("error")).detail?.reason, "network lost");
});

test("data that came before the peer closed can still be read", async (t) => {
  const { server } = tlsServer(t.context, await credential(t.context.server, {}));
  server.on("secureConnection", (socket: tls.TLSSocket) => socket.end("and good-bye"));
  const { unit, said, hears } = await dialler(t, server);
  await unit.plug();
  const { detail } = await hears("error");
  t.is(detail?.reason, "closed by the peer");
  t.is(detail?.received, "welcomeand good-bye".length);
  t.is(said.filter(({ event }) => event === "error").length, 1);
});

test("power gone: the server sees the end, the desk keeps nothing", async (t) => {
  const { server } = tlsServer(t.context, await credential(t.context.server, {}));
  const gone = new Promise((resolve) =>
    server.on("secureConnection", (socket: tls.TLSSocket) => socket.on("close", resolve)),
  );
  const { unit, hears } = await dialler(t, server);
  const ended: string[] = [];
  unit.on("disconnected", ({ reason }) => ended.push(reason));
  await unit.plug();
  await hears("received");
  unit.unplug();
  await gone;
  t.deepEqual(ended, ["power gone"]);
  t.deepEqual(unit.connections(), []);
});
