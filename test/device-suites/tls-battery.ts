/**
 * The battery of good and bad servers, whoever meets them: on each target the firmware's own TLS socket, and the
 * same without verification for the controls.
 */
import { issue } from "../tls-native/certificates.ts";
import { bothVersions, type House, impostors, name, unverified } from "../tls-native/impostors.ts";
import { cuttingProxy, echoServer, rawServer } from "../tls-native/servers.ts";
import type { Meeting, Met } from "./tls-peer.ts";

/** Old ways of signing, so that a bad certificate can be shown at all. */
const legacy = "DEFAULT:@SECLEVEL=0";

/** As a line has bytes. */
export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

export interface Result {
  readonly title: string;
  readonly saw: string;
  readonly fine: boolean;
}

/** Meets a server of this machine. */
export interface Client {
  meet(meeting: Pick<Meeting, "port" | "name" | "anchors" | "turns">): Promise<Met>;
  end(): void;
}

export interface Conditions {
  /** The turns of the event loop in which a socket is dropped, until one comes to its end before. */
  readonly drops: () => Iterable<number>;
  /**
   * The library knows no SHA-1 at all: what is signed with it cannot be read in TLS 1.3, and is refused without
   * verification, too.
   */
  readonly noSha1?: true;
}

const busyMs = 20;

/** Tries again while a handshake that was dropped is put away: the firmware dials again later, too. */
function patient(client: Client): Client {
  return {
    async meet(meeting) {
      for (;;) {
        const met = await client.meet(meeting);
        if (met.end !== "busy") return met;
        await new Promise((resolve) => setTimeout(resolve, busyMs));
      }
    },
    end: () => client.end(),
  };
}

/** @param onResult hears of each result as it is there. */
export async function battery(
  soundClient: Client,
  brokenClient: Client,
  house: House,
  { drops, noSha1 }: Conditions,
  onResult: (result: Result) => void,
) {
  const [sound, broken] = [patient(soundClient), patient(brokenClient)];
  const results: Result[] = [];
  let longest = 0;
  const anchors = [hex(house.root.der)];
  const note = (title: string, met: Met, fine: boolean) => {
    longest = Math.max(longest, met.longest);
    const result = { title, saw: `${met.end}, ${met.echoed} bytes echoed`, fine };
    results.push(result);
    onResult(result);
  };
  const { good, deviceRoot } = house;
  const pair = { key: good.keyPem, cert: good.pem };
  for (const version of bothVersions) {
    const options = { ...pair, ca: deviceRoot.pem, minVersion: version, maxVersion: version };
    const server = await echoServer(options);
    if (version === "TLSv1.3") {
      // A session of TLS 1.2 is offered to a server that has moved on: it costs one dial, and is forgotten.
      const spent = await sound.meet({ port: server.port, name, anchors });
      note(
        `${version}: a ticket of TLS 1.2 is refused`,
        spent,
        spent.end === "alert" && !spent.open,
      );
    }
    const first = await sound.meet({ port: server.port, name, anchors });
    const again = await sound.meet({ port: server.port, name, anchors });
    const both = server.clients.join() === "unit-1,unit-1";
    note(`${version}: verified both ways`, first, first.end === "done" && both);
    note(
      `${version}: resumed with a ticket`,
      again,
      again.end === "done" && server.resumed[1] === true,
    );
    await server.close();
    for (const { title, end, present, control, versions = bothVersions } of impostors) {
      if (!versions.includes(version)) continue;
      const { key, cert } = await present(house);
      const bad = await echoServer({ key: key.keyPem, cert, ciphers: legacy, maxVersion: version });
      const met = await sound.meet({ port: bad.port, name, anchors });
      const unread = noSha1 === true && title.includes("SHA-1");
      const forThat = met.end === end || (unread && met.end === "protocol");
      note(`${version}: refused, ${title}`, met, forThat && !met.open && met.echoed === 0);
      if (control === unverified && !unread) {
        const taken = await broken.meet({ port: bad.port, name, anchors });
        note(`${version}: control, ${title}`, taken, taken.end === "done");
      }
      await bad.close();
    }
    const honest = await echoServer({ ...pair, maxVersion: version });
    for (const limit of [0, 1, 5, 43, 127, 300, 450]) {
      const cut = await cuttingProxy(honest.port, limit);
      const met = await sound.meet({ port: cut.port, name, anchors });
      note(`${version}: cut after ${limit} bytes`, met, met.end === "truncated" && !met.open);
      await cut.close();
    }
    for (const turns of drops()) {
      const met = await sound.meet({ port: honest.port, name, anchors, turns });
      const dropped = met.end === "dropped";
      note(`${version}: dropped in turn ${turns}`, met, dropped || met.end === "done");
      if (!dropped) break;
    }
    await honest.close();
  }
  const next = await issue({ commonName: "Next root", isAuthority: true });
  const moved = await issue({ commonName: "x", names: [name], usage: "server", issuer: next });
  const server = await echoServer({ key: moved.keyPem, cert: moved.pem });
  const both = [...anchors, hex(next.der)];
  const before = await sound.meet({ port: server.port, name, anchors });
  note(
    "rotation: the old anchor alone does not know the new root",
    before,
    before.end === "untrusted",
  );
  const during = await sound.meet({ port: server.port, name, anchors: both });
  note("rotation: with both it does", during, during.end === "done");
  await server.close();
  for (const reply of ["HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail.test ESMTP\r\n"]) {
    const plain = await rawServer(new TextEncoder().encode(reply), true);
    const met = await sound.meet({ port: plain.port, name, anchors });
    note(`plaintext: ${reply.slice(0, 8)}`, met, !met.open && met.end !== "done");
    await plain.close();
  }
  const mute = await sound.meet({ port: 1, name, anchors });
  note("nobody listens", mute, !mute.open && mute.end !== "done");
  return { results, longest };
}
