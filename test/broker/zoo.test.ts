/**
 * That the zoo's servers are as bad as they claim, and no worse: a strict client refuses each, and
 * the client that lacks exactly the check in question is fooled.
 */
import { X509Certificate } from "node:crypto";
import { connect as connectPlain } from "node:net";
import { type ConnectionOptions, checkServerIdentity, connect as connectTls } from "node:tls";
import test from "ava";
import {
  type ExhibitName,
  type Impostor,
  startGenuine,
  zoo,
} from "../../host-sim/broker/zoo/zoo.ts";
import { toPem } from "../../provisioning/certificate-authority.ts";
import { authority, SERVER_NAME } from "./site.ts";

const premises = {
  serverAuthority: await authority("Server CA"),
  deviceAuthority: await authority("Device CA"),
  serverName: SERVER_NAME,
};

/** A CONNECT as a unit sends it (MQTT 3.1.1 §3.1): clean session, keep-alive 60 s. */
const CONNECT = Buffer.concat([
  Buffer.from([0x10, 38, 0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 60, 0, 26]),
  Buffer.from("0123456789abcdefghjkmnpqrs"),
]);

/** CONNACK, accepted. */
const welcomed = Buffer.from([0x20, 2, 0, 0]);

/** Node's own verification, and what it leaves out: RFC 9525 ignores the common name. */
const strict: ConnectionOptions = {
  host: "127.0.0.1",
  servername: SERVER_NAME,
  ca: toPem("CERTIFICATE", premises.serverAuthority.certificate),
  minVersion: "TLSv1.2",
  checkServerIdentity(name, certificate) {
    if (!certificate.subjectaltname)
      return Object.assign(new Error("no names"), { code: "NO_NAMES" });
    return checkServerIdentity(name, certificate);
  },
};

interface Patience {
  /** Heard enough after so many bytes; default: a CONNACK. */
  readonly bytes?: number;
  /** Gives up when nothing came for 300 ms after this. */
  readonly quietAfter?: "connect" | "secureConnect";
}

/** What the server says to a CONNECT until it closes, has said enough or stays quiet. */
function converse(port: number, options: ConnectionOptions, patience: Patience = {}) {
  return new Promise<{ secure: boolean; code?: string; said: Buffer; closed: boolean }>((done) => {
    const socket = connectTls({ ...options, port });
    let said = Buffer.alloc(0);
    let code: string | undefined;
    let secure = false;
    const finish = (closed: boolean) => {
      socket.destroy();
      done({ secure, said, closed, ...(code === undefined ? {} : { code }) });
    };
    socket.on("error", (cause: NodeJS.ErrnoException) => {
      code ??= cause.code;
    });
    socket.on("close", () => finish(true));
    socket.on("secureConnect", () => {
      secure = true;
      socket.write(CONNECT);
    });
    socket.on("data", (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]);
      if (said.length >= (patience.bytes ?? welcomed.length)) finish(false);
    });
    if (patience.quietAfter)
      socket.on(patience.quietAfter, () => setTimeout(() => finish(false), 300));
  });
}

async function visiting<T>(server: Promise<Impostor>, run: (one: Impostor) => Promise<T>) {
  const one = await server;
  try {
    return await run(one);
  } finally {
    await one.close();
  }
}

test("control: the genuine server is accepted and answers", async (t) => {
  await visiting(startGenuine(premises), async ({ port }) => {
    const { secure, said } = await converse(port, strict);
    t.true(secure);
    t.deepEqual(said, welcomed);
  });
});

/** Exhibit → the error of a strict client, and the one check without which a client is fooled. */
const certificateCases: readonly (readonly [ExhibitName, RegExp, ConnectionOptions])[] = [
  [
    "wrongAuthority",
    /SIGNATURE_FAILURE|UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET/,
    { rejectUnauthorized: false },
  ],
  ["wrongName", /ERR_TLS_CERT_ALTNAME_INVALID/, { checkServerIdentity: () => undefined }],
  ["commonNameOnly", /NO_NAMES/, { checkServerIdentity }],
  ["expired", /CERT_HAS_EXPIRED/, { rejectUnauthorized: false }],
  ["notYetValid", /CERT_NOT_YET_VALID/, { rejectUnauthorized: false }],
  ["selfSigned", /SELF_SIGNED/, { rejectUnauthorized: false }],
  ["deviceCertificate", /UNABLE_TO_VERIFY|UNABLE_TO_GET/, { rejectUnauthorized: false }],
  ["clientCertificate", /INVALID_PURPOSE/, { rejectUnauthorized: false }],
  // OpenSSL has no code of its own for a signer whose key usage is not certificate signing.
  ["leafAsAuthority", /INVALID_CA|UNSPECIFIED/, { rejectUnauthorized: false }],
];

for (const [name, error, careless] of certificateCases)
  test(`${name}: a strict client refuses it, a careless one is fooled`, async (t) => {
    await visiting(zoo[name].start(premises), async ({ port }) => {
      const refused = await converse(port, strict);
      t.false(refused.secure);
      t.regex(refused.code ?? "", error);
      const fooled = await converse(port, { ...strict, ...careless });
      t.deepEqual(fooled.said, welcomed);
    });
  });

test("plaintext and oldTls are refused before anything is said", async (t) => {
  for (const name of ["plaintext", "oldTls"] as const)
    await visiting(zoo[name].start(premises), async ({ port }) => {
      const { secure, code } = await converse(port, strict);
      t.false(secure, name);
      t.regex(code ?? "", /^(ERR_SSL_|ECONNRESET|EPROTO)/, name);
    });
  await visiting(zoo.plaintext.start(premises), async ({ port }) => {
    const socket = connectPlain(port, "127.0.0.1", () => socket.write(CONNECT));
    const said = await new Promise<Buffer>((heard) => socket.once("data", heard));
    socket.destroy();
    t.deepEqual(said.subarray(0, 4), welcomed, "control");
  });
  await visiting(zoo.oldTls.start(premises), async ({ port }) => {
    const old: ConnectionOptions = { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" };
    t.deepEqual((await converse(port, { ...strict, ...old })).said, welcomed, "control");
  });
});

test("truncatedHandshake begins and ends, the silent ones only wait", async (t) => {
  await visiting(zoo.truncatedHandshake.start(premises), async ({ port }) => {
    const { secure, closed, code } = await converse(port, strict);
    t.deepEqual({ secure, closed, code }, { secure: false, closed: true, code: "ECONNRESET" });
  });
  await visiting(zoo.silent.start(premises), async ({ port }) => {
    const { secure, closed } = await converse(port, strict, { quietAfter: "connect" });
    t.deepEqual({ secure, closed }, { secure: false, closed: false });
  });
  await visiting(zoo.silentAfterHandshake.start(premises), async ({ port }) => {
    const { closed, said } = await converse(port, strict, { quietAfter: "secureConnect" });
    t.deepEqual({ closed, said: said.length }, { closed: false, said: 0 });
  });
});

test("the ill-mannered ones are genuine to TLS and say what they should not", async (t) => {
  const hear = (name: ExhibitName, bytes: number) =>
    visiting(zoo[name].start(premises), ({ port }) => converse(port, strict, { bytes }));
  t.deepEqual((await hear("refusesConnect", 4)).said, Buffer.from([0x20, 2, 0, 5]));
  t.is((await hear("garbage", 1)).said[0], 0xff);
  const endless = await hear("endlessConnack", 100_000);
  t.deepEqual([...endless.said.subarray(0, 5)], [0x20, 0xff, 0xff, 0xff, 0x7f]);
  t.false(endless.closed);
  const huge = await hear("hugePublish", 100_000);
  t.deepEqual([...huge.said.subarray(0, 9)], [0x20, 2, 0, 0, 0x30, 0xff, 0xff, 0xff, 0x7f]);
  t.regex(huge.said.toString(), /units\/0123456789abcdefghjkmnpqrs\/commanda{1000}/);
  t.false(huge.closed);
  const reset = await hear("resetMidStream", 1_000);
  t.deepEqual({ closed: reset.closed, code: reset.code }, { closed: true, code: "ECONNRESET" });
});

test("each exhibit counts its visitors and frees its port", async (t) => {
  for (const [name, exhibit] of Object.entries(zoo)) {
    const port = await visiting(exhibit.start(premises), async (one) => {
      const socket = connectPlain(one.port, "127.0.0.1");
      socket.on("error", () => {});
      const deadline = Date.now() + 5_000;
      while (one.connections() === 0 && Date.now() < deadline)
        await new Promise((later) => setTimeout(later, 5));
      socket.destroy();
      t.is(one.connections(), 1, name);
      return one.port;
    });
    t.is((await converse(port, strict)).code, "ECONNREFUSED", name);
  }
});

test("the wrong authority bears the genuine one's name", async (t) => {
  const { ofWrongAuthority } = await import("../../host-sim/broker/zoo/certificates.ts");
  const { chain } = await ofWrongAuthority(premises);
  const { issuer } = new X509Certificate(chain[0]!);
  t.is(issuer, new X509Certificate(premises.serverAuthority.certificate).subject);
});
