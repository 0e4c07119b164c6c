/** Certificates that a server must not get away with, and what to break so that it does. */
import type { Sabotage } from "../mbedtls/toolchain.ts";
import { type Issued, issue } from "./certificates.ts";

/** The name that the unit dials. */
export const name = "broker.test";

/** Verification off, the mistake that every check below must notice. */
export const unverified: Sabotage = [["MBEDTLS_SSL_VERIFY_REQUIRED", "MBEDTLS_SSL_VERIFY_NONE"]];
const namesFromCommonName: Sabotage = [["mbedtls_ssl_conf_verify(config, guardLeaf, NULL);", ""]];
const anyStrength: Sabotage = [
  [
    "static const int suites[]",
    "static const mbedtls_x509_crt_profile any = { 0xFFFFFFF, 0xFFFFFFF, 0xFFFFFFF, 0 };\n" +
      "static const int suites[]",
  ],
  ["&mbedtls_x509_crt_profile_default", "&any"],
];

export type Version = "TLSv1.2" | "TLSv1.3";

export const bothVersions: readonly Version[] = ["TLSv1.2", "TLSv1.3"];

export interface House {
  readonly root: Issued;
  readonly good: Issued;
  readonly deviceRoot: Issued;
  readonly unit: Issued;
}

/** A server root with a good server, and a device root with a unit. */
export async function buildHouse(): Promise<House> {
  const root = await issue({ commonName: "Server root", isAuthority: true });
  const deviceRoot = await issue({ commonName: "Device root", isAuthority: true });
  return {
    root,
    deviceRoot,
    good: await issue({ commonName: name, names: [name], usage: "server", issuer: root }),
    unit: await issue({ commonName: "unit-1", usage: "client", issuer: deviceRoot }),
  };
}

export interface Impostor {
  readonly title: string;
  readonly end: string;
  readonly present: (house: House) => Promise<{ readonly key: Issued; readonly cert: string }>;
  /** What to break so that this impostor succeeds. */
  readonly control: Sabotage;
  readonly versions?: readonly Version[];
}

async function alone(wish: Parameters<typeof issue>[0]) {
  const key = await issue(wish);
  return { key, cert: key.pem };
}

export const impostors: readonly Impostor[] = [
  {
    title: "another root's certificate",
    end: "untrusted",
    present: async () => {
      const other = await issue({ commonName: "Server root", isAuthority: true });
      return alone({ commonName: name, names: [name], issuer: other });
    },
    control: unverified,
  },
  {
    title: "a certificate for another name",
    end: "wrong-name",
    present: ({ root }) => alone({ commonName: name, names: ["else.test"], issuer: root }),
    control: unverified,
  },
  {
    title: "the name only as common name",
    end: "wrong-name",
    present: ({ root }) => alone({ commonName: name, issuer: root }),
    control: namesFromCommonName,
  },
  {
    title: "self-signed, with the genuine root appended",
    end: "untrusted",
    present: async ({ root }) => {
      const key = await issue({ commonName: name, names: [name] });
      return { key, cert: key.pem + root.pem };
    },
    control: unverified,
  },
  {
    title: "issued by a genuine leaf used as an authority",
    end: "untrusted",
    present: async ({ good }) => {
      const key = await issue({ commonName: "victim", names: [name], issuer: good });
      return { key, cert: key.pem + good.pem };
    },
    control: unverified,
  },
  {
    title: "a missing intermediate",
    end: "untrusted",
    present: async ({ root }) => {
      const middle = await issue({ commonName: "Middle", isAuthority: true, issuer: root });
      return alone({ commonName: name, names: [name], issuer: middle });
    },
    control: unverified,
  },
  {
    title: "expired",
    end: "expired",
    present: ({ root }) =>
      alone({ commonName: name, names: [name], from: -9, to: -1, issuer: root }),
    control: unverified,
  },
  {
    title: "not yet valid",
    end: "not-yet-valid",
    present: ({ root }) => alone({ commonName: name, names: [name], from: 2, to: 9, issuer: root }),
    control: unverified,
  },
  {
    title: "signed with SHA-1",
    end: "weak",
    present: ({ root }) => alone({ commonName: name, names: [name], hash: "SHA-1", issuer: root }),
    control: unverified,
  },
  {
    title: "an RSA key of 1,024 bits",
    end: "weak",
    present: ({ root }) =>
      alone({ commonName: name, names: [name], key: "RSA-1024", issuer: root }),
    control: anyStrength,
    versions: ["TLSv1.3"],
  },
  {
    title: "a unit's certificate",
    end: "untrusted",
    present: async ({ unit }) => ({ key: unit, cert: unit.pem }),
    control: unverified,
  },
  {
    title: "a client certificate of the server root",
    end: "wrong-usage",
    present: ({ root }) =>
      alone({ commonName: name, names: [name], usage: "client", issuer: root }),
    control: unverified,
  },
];
