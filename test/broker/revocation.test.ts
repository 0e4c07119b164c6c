/** A revoked unit is refused by brokers and by the update server, by the factory's own list (EN 303 645 5.5-4). */

import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request } from "node:https";
import test from "ava";
import { type BrokerEvent, startBroker } from "../../host-sim/broker/broker.ts";
import { startMosquitto } from "../../host-sim/broker/mosquitto/mosquitto.ts";
import { startUpdateServer } from "../../host-sim/update-server/update-server.ts";
import { toPem } from "../../provisioning/certificate-authority.ts";
import { revocationList } from "../../provisioning/revocation.ts";
import { mosquittoIsHere } from "./brokers.ts";
import {
  type Credentials,
  clientOptions,
  connect,
  makeSite,
  nextYear,
  now,
  SERVER_NAME,
} from "./site.ts";

const site = await makeSite();
const { unitA: revoked, unitB: honest } = site;
const dates = { number: 1, thisUpdate: now, nextUpdate: nextYear };
const serial = new X509Certificate(revoked.chain[0]!).serialNumber;
const revocations = {
  units: revocationList(site.deviceAuthority, [{ certificateSerial: serial, at: now }], dates),
  owners: revocationList(site.ownersAuthority, [], dates),
};

for (const { name, start, here } of [
  { name: "the desk's broker", start: startBroker, here: true },
  { name: "Mosquitto", start: startMosquitto, here: mosquittoIsHere },
])
  (here ? test.serial : test.serial.skip)(
    `${name} refuses a revoked unit and nobody else`,
    async (t) => {
      const broker = await start({ ...site.options, revocations });
      const heard: BrokerEvent[] = [];
      broker.watch((event) => heard.push(event));
      const comesIn = async (role: "unit" | "owner", who: Credentials) => {
        // TLS 1.3: the client believes itself in until the broker has read its certificate.
        const client = await connect(clientOptions(site, broker, role, who)).catch(() => undefined);
        await client?.subscribe("no/such/topic");
        const inside = client !== undefined && !client.closed;
        await client?.end();
        return inside;
      };
      try {
        t.false(await comesIn("unit", revoked));
        t.true(await comesIn("unit", honest), "control: another unit comes in");
        t.true(await comesIn("owner", site.owner), "control: so does an owner");
        if (broker.name === "in-process")
          t.true(heard.some((event) => event.type === "refused" && event.reason === "revoked"));
      } finally {
        await broker.close();
      }
      const forgetful = await start(site.options);
      try {
        const client = await connect(clientOptions(site, forgetful, "unit", revoked));
        t.false(client.closed, "control: without the list it would come in");
        await client.end();
      } finally {
        await forgetful.close();
      }
    },
  );

test.serial("the update server serves no revoked unit, and no stranger", async (t) => {
  const { certificate, privateKey } = site.options;
  const files = new Map([["timestamp.json", new Uint8Array([1, 2, 3])]]);
  const serving = {
    certificate: [certificate as Uint8Array],
    privateKey,
    files,
  };
  const server = await startUpdateServer({
    ...serving,
    units: { anchor: site.deviceAuthority.certificate, revocations: revocations.units },
  });
  const open = await startUpdateServer(serving);
  const fetches = async (who: Credentials | undefined, { port } = server) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      path: "/timestamp.json",
      servername: SERVER_NAME,
      ca: toPem("CERTIFICATE", site.serverAuthority.certificate),
      agent: false,
      ...(who && {
        cert: who.chain.map((der) => toPem("CERTIFICATE", der)).join(""),
        key: toPem("PRIVATE KEY", who.privateKey),
      }),
    }).end();
    // A refused certificate is an error of the connection.
    const [answer] = await once(asked, "response").catch(() => []);
    return answer?.statusCode === 200;
  };
  try {
    t.true(await fetches(honest));
    t.false(await fetches(revoked));
    t.false(await fetches(undefined));
    t.false(await fetches(site.owner), "an owner's app is no unit");
    t.true(await fetches(revoked, open), "control: a host that asks for nothing serves it");
  } finally {
    await Promise.all([server.close(), open.close()]);
  }
});
