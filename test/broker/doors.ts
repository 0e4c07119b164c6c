/** Ways to knock at a broker without the right certificate. Each resolves to true when let in. */
import type { Stage } from "./attacks.ts";
import {
  authority,
  type Credentials,
  clientOptions,
  connect,
  credentials,
  nextYear,
  now,
} from "./site.ts";

const HOUR_MS = 3_600_000;

async function knock(stage: Stage, who: Credentials): Promise<boolean> {
  return (await stage.tryEnter("unit", who)) !== undefined;
}

/** The way in for an honest unit: the control of every attempt below. */
export function honestKnock(stage: Stage): Promise<boolean> {
  return knock(stage, stage.site.unitA);
}

async function lettingIn(options: Parameters<typeof connect>[0]): Promise<boolean> {
  const client = await connect(options).catch(() => undefined);
  await client?.end();
  return client !== undefined;
}

/** Client options of honest unit A, to be spoiled. */
function honest(stage: Stage) {
  return clientOptions(stage.site, stage.broker, "unit", stage.site.unitA);
}

export const doors: Readonly<Record<string, (stage: Stage) => Promise<boolean>>> = {
  "no certificate": (stage) => {
    const { cert: _cert, key: _key, ...rest } = honest(stage);
    return lettingIn(rest);
  },
  "no certificate but a user name": (stage) => {
    const { cert: _cert, key: _key, ...rest } = honest(stage);
    return lettingIn({ ...rest, username: stage.site.unitA.name, password: "password" });
  },
  "a certificate of another CA that bears the same name": async (stage) =>
    knock(stage, await credentials(await authority("Device CA"), stage.site.unitA.name)),
  "a self-signed certificate": async (stage) => {
    const self = await authority(stage.site.unitA.name);
    return knock(stage, {
      name: stage.site.unitA.name,
      chain: [self.certificate],
      privateKey: self.privateKey,
    });
  },
  "a self-signed certificate with the genuine CA appended": async (stage) => {
    const self = await authority(stage.site.unitA.name);
    return knock(stage, {
      name: stage.site.unitA.name,
      chain: [self.certificate, stage.site.deviceAuthority.certificate],
      privateKey: self.privateKey,
    });
  },
  "a certificate signed by a genuine unit": async (stage) => {
    const { unitA, unitB } = stage.site;
    const issuer = { certificate: unitA.chain[0]!, privateKey: unitA.privateKey };
    const forged = await credentials(issuer, unitB.name);
    return knock(stage, { ...forged, chain: [...forged.chain, ...unitA.chain] });
  },
  "an expired certificate": async (stage) =>
    knock(
      stage,
      await credentials(stage.site.deviceAuthority, stage.site.unitA.name, {
        notBefore: new Date(now.getTime() - 2 * HOUR_MS),
        notAfter: new Date(now.getTime() - HOUR_MS),
      }),
    ),
  "a certificate that is not valid yet": async (stage) =>
    knock(
      stage,
      await credentials(stage.site.deviceAuthority, stage.site.unitA.name, {
        notBefore: new Date(now.getTime() + HOUR_MS),
        notAfter: nextYear,
      }),
    ),
  "a server's certificate": (stage) =>
    knock(stage, {
      name: stage.site.unitA.name,
      chain: [stage.site.options.certificate as Uint8Array],
      privateKey: stage.site.options.privateKey,
    }),
  // Without `cert` and `key`, because with them MQTT.js turns "mqtt" into "mqtts".
  plaintext: (stage) => {
    const { cert: _cert, key: _key, ...rest } = honest(stage);
    return lettingIn({ ...rest, protocol: "mqtt" });
  },
  "TLS 1.1": (stage) => {
    // MQTT.js hands these to `tls.connect`, but its types do not know them.
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    return lettingIn({ ...honest(stage), ...old });
  },
};
