import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import test from "ava";
import {
  createAuthority,
  generateKeyPair,
  issueCertificate,
  toPem,
} from "../../provisioning/certificate-authority.ts";
import { revocationList } from "../../provisioning/revocation.ts";
import { scratchFolder } from "./scratch.ts";

const now = Date.now();
const dates = { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + 3_600_000) };
const authority = await createAuthority({ commonName: "device CA", ...dates });

async function unit(commonName: string) {
  const pair = generateKeyPair();
  const facts = { commonName, usage: "client", publicKey: pair.publicKey, ...dates } as const;
  return { ...pair, certificate: await issueCertificate(authority, facts) };
}

function listOf(...units: { certificate: Uint8Array }[]): string {
  const revoked = units.map(({ certificate }) => ({
    certificateSerial: new X509Certificate(certificate).serialNumber.toLowerCase(),
    at: new Date(now - 1000),
  }));
  const list = revocationList(authority, revoked, {
    number: 300,
    thisUpdate: new Date(now - 1000),
    nextUpdate: new Date(now + 3_600_000),
  });
  return toPem("X509 CRL", list);
}

/** What a TLS server with this list says to a unit. */
async function dial(crl: string, client: { certificate: Uint8Array; privateKey: Uint8Array }) {
  const server = await unit("server");
  const listener = createServer({
    cert: toPem("CERTIFICATE", server.certificate),
    key: toPem("PRIVATE KEY", server.privateKey),
    ca: toPem("CERTIFICATE", authority.certificate),
    crl,
    requestCert: true,
    rejectUnauthorized: false,
  });
  return new Promise<string>((resolve, reject) => {
    listener.on("secureConnection", (socket) => {
      socket.on("error", () => {});
      resolve(socket.authorized ? "welcome" : String(socket.authorizationError));
      socket.destroy();
      listener.close();
    });
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      if (address === null || typeof address === "string") return reject(new Error("no port"));
      const socket = connect({
        port: address.port,
        host: "127.0.0.1",
        rejectUnauthorized: false,
        cert: toPem("CERTIFICATE", client.certificate),
        key: toPem("PRIVATE KEY", client.privateKey),
      });
      socket.on("error", () => {});
    });
  });
}

test("a TLS server with the list refuses a revoked unit, and no other", async (t) => {
  const [good, lost] = [await unit("good"), await unit("lost")];
  t.is(await dial(listOf(lost), good), "welcome");
  t.is(await dial(listOf(lost), lost), "CERT_REVOKED");
  // The control: an empty list lets it in.
  t.is(await dial(listOf(), lost), "welcome");
});

test("OpenSSL reads the list: issuer, number, serials, signature", async (t) => {
  const lost = await unit("lost");
  const folder = scratchFolder(t);
  writeFileSync(join(folder, "ca.pem"), toPem("CERTIFICATE", authority.certificate));
  writeFileSync(join(folder, "list.pem"), listOf(lost));
  const args = ["crl", "-in", "list.pem", "-noout", "-text", "-CAfile", "ca.pem"];
  const read = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
  if (read.error) {
    t.log("skipped: no openssl here");
    t.pass();
    return;
  }
  t.regex(read.stderr, /verify OK/);
  t.regex(read.stdout, /Issuer: CN = device CA/);
  t.regex(read.stdout, /X509v3 CRL Number:\s+300/);
  t.true(read.stdout.includes(new X509Certificate(lost.certificate).serialNumber));
});
