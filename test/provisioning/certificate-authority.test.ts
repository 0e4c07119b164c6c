import { createPrivateKey, X509Certificate } from "node:crypto";
import { connect, createServer, type TLSSocket } from "node:tls";
import test from "ava";
import {
  createAuthority,
  generateKeyPair,
  issueCertificate,
  toPem,
} from "../../provisioning/certificate-authority.ts";

const hour = 3_600_000;
const validity = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) };
const deviceAuthority = await createAuthority({ commonName: "device CA", ...validity });
const serverAuthority = await createAuthority({ commonName: "server CA", ...validity });

async function issue(
  authority: typeof deviceAuthority,
  usage: "client" | "server",
  commonName = "sample",
) {
  const pair = generateKeyPair();
  const names = usage === "server" ? ["localhost", "127.0.0.1", "::1"] : [];
  const options = { commonName, usage, names, publicKey: pair.publicKey, ...validity };
  return { ...pair, certificate: await issueCertificate(authority, options) };
}

test("a certificate verifies under its own CA and under no other", async (t) => {
  const leaf = new X509Certificate((await issue(deviceAuthority, "client")).certificate);
  const own = new X509Certificate(deviceAuthority.certificate);
  const other = new X509Certificate(serverAuthority.certificate);
  t.true(leaf.verify(own.publicKey));
  t.true(leaf.checkIssued(own));
  t.false(leaf.verify(other.publicKey));
  t.false(leaf.checkIssued(other));
  t.true(own.ca);
  t.false(leaf.ca);
});

test("a CA of the same name with another key does not pass for the CA", async (t) => {
  const impostor = await createAuthority({ commonName: "device CA", ...validity });
  const leaf = new X509Certificate((await issue(deviceAuthority, "client")).certificate);
  t.false(leaf.verify(new X509Certificate(impostor.certificate).publicKey));
  t.false(leaf.checkIssued(new X509Certificate(impostor.certificate)));
});

test("an end entity cannot issue", async (t) => {
  const leaf = await issue(deviceAuthority, "client", "leaf");
  const forged = await issue(leaf, "client", "forged");
  const intermediateKey = generateKeyPair();
  const intermediate = {
    ...intermediateKey,
    certificate: await issueCertificate(deviceAuthority, {
      commonName: "intermediate",
      usage: "client",
      publicKey: intermediateKey.publicKey,
      isAuthority: true,
      ...validity,
    }),
  };
  const issued = await issue(intermediate, "client", "issued");
  t.false(
    new X509Certificate(forged.certificate).checkIssued(new X509Certificate(leaf.certificate)),
  );
  // The control: with the CA flag the same question is answered yes.
  t.true(
    new X509Certificate(issued.certificate).checkIssued(
      new X509Certificate(intermediate.certificate),
    ),
  );
});

test("names, usage, key and serial are as asked for", async (t) => {
  const server = await issue(serverAuthority, "server");
  const certificate = new X509Certificate(server.certificate);
  t.is(
    certificate.subjectAltName,
    "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
  );
  t.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  const client = await issue(deviceAuthority, "client");
  t.deepEqual(new X509Certificate(client.certificate).keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  const key = createPrivateKey(toPem("PRIVATE KEY", server.privateKey));
  t.true(certificate.checkPrivateKey(key));
  t.false(certificate.checkPrivateKey(createPrivateKey(toPem("PRIVATE KEY", client.privateKey))));
});

test("a common name is never read as name syntax", async (t) => {
  const commonName = 'a, O=Other+CN=x "quoted" <#>\\';
  const authority = await createAuthority({ commonName, ...validity });
  const leaf = new X509Certificate((await issue(authority, "client", commonName)).certificate);
  t.is(leaf.toLegacyObject().subject.CN, commonName);
  t.is(leaf.toLegacyObject().subject.O, undefined as never);
  t.true(leaf.checkIssued(new X509Certificate(authority.certificate)));
});

test("serial numbers are random, of more than 64 bits, and never repeat", async (t) => {
  const serials = new Set<string>();
  for (let index = 0; index < 100; index++) {
    const { certificate } = await issue(deviceAuthority, "client");
    serials.add(new X509Certificate(certificate).serialNumber);
  }
  t.is(serials.size, 100);
  for (const serial of serials) t.is(serial.length, 40);
});

/** What a client that trusts `anchor` makes of a server with this certificate. */
function dial(
  server: { certificate: Uint8Array; privateKey: Uint8Array },
  anchor: Uint8Array,
): Promise<string> {
  const cert = toPem("CERTIFICATE", server.certificate);
  const listener = createServer({ cert, key: toPem("PRIVATE KEY", server.privateKey) });
  return new Promise((resolve, reject) => {
    listener.on("tlsClientError", () => {});
    listener.on("secureConnection", (socket: TLSSocket) => socket.on("error", () => {}));
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      if (address === null || typeof address === "string") return reject(new Error("no port"));
      const ca = toPem("CERTIFICATE", anchor);
      const socket = connect({
        port: address.port,
        host: "127.0.0.1",
        servername: "localhost",
        ca,
      });
      const done = (answer: string) => {
        socket.destroy();
        listener.close(() => resolve(answer));
      };
      socket.on("secureConnect", () => done("connected"));
      socket.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    });
  });
}

test("TLS: a server's certificate is accepted; a unit's, or another root's, is not", async (t) => {
  const server = await issue(serverAuthority, "server");
  t.is(await dial(server, serverAuthority.certificate), "connected");
  t.is(await dial(server, deviceAuthority.certificate), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  const unit = await issue(deviceAuthority, "client", "localhost");
  t.is(await dial(unit, deviceAuthority.certificate), "INVALID_PURPOSE");
});
