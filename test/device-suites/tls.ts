/**
 * `npm run device:tls`: the battery of bad servers against the firmware's TLS socket as it is on the chip, in
 * JavaScript on the SDK's engine: XS, its TCP, our native session. With controls: the same program with its
 * verification taken out must be taken in.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import type { Running } from "../../host-sim/chip/bench-unit.ts";
import { buildProgram } from "../../host-sim/chip/sdk-build.ts";
import { linuxStand } from "../../host-sim/chip/stands.ts";
import { root } from "../../host-sim/chip/targets.ts";
import { findMbedtls, findSdk, type Sdk } from "../../host-sim/chip/tools.ts";
import { runCommandLine } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { issue } from "../tls-native/certificates.ts";
import { bothVersions, buildHouse, impostors, name, unverified } from "../tls-native/impostors.ts";
import { cuttingProxy, echoServer, rawServer } from "../tls-native/servers.ts";
import { suitesFolder } from "./modules.ts";
import type { Meeting, Met } from "./tls-peer.ts";

const usage = `usage: npm run device:tls -- [--json]

  Meets good servers and bad ones with the firmware's TLS socket on the SDK's Linux build: bad ones must be
  refused for the right reason, and get through once verification is taken out (the control).

  --json  the results as JSON on standard output`;

const session = "device/platform/moddable/tls/tls-session.c";
const legacy = "DEFAULT:@SECLEVEL=0";

async function makeModule(): Promise<void> {
  await build({
    entryPoints: { main: join(root, "test/device-suites/tls-main.ts") },
    outdir: join(suitesFolder, "tls-modules"),
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    external: ["timer", "embedded:*"],
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    logLevel: "silent",
  });
}

/** The same manifest with another session: verification taken out. */
function withoutVerification(): string {
  const folder = join(suitesFolder, "tls-unverified-source");
  mkdirSync(folder, { recursive: true });
  const source = unverified.reduce(
    (text, [guard, broken]) => {
      if (!text.includes(guard)) throw new Error(`nothing to sabotage: ${guard}`);
      return text.replace(guard, broken);
    },
    readFileSync(join(root, session), "utf8"),
  );
  writeFileSync(join(folder, "tls-session.c"), source);
  const headers = join(root, "device/platform/moddable/tls/tls-session.h");
  writeFileSync(join(folder, "tls-session.h"), readFileSync(headers));
  const manifest = readFileSync(join(root, "test/device-suites/tls-manifest.json"), "utf8")
    .replace('"SESSION": "../../device/platform/moddable/tls"', `"SESSION": "${folder}"`)
    .replaceAll('"../../', `"${root}`);
  writeFileSync(join(folder, "manifest.json"), manifest);
  return join(folder, "manifest.json");
}

function programOf(sdk: Sdk, manifest: string, output: string): string {
  return buildProgram(sdk, { manifest, output: join(suitesFolder, output) });
}

/** One meeting may take this long. */
const silentMs = 20_000;

interface Client {
  meet(meeting: Omit<Meeting, "key" | "chain">): Promise<Met>;
  end(): void;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function clientOf(program: string, identity: Pick<Meeting, "key" | "chain">): Client {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-tls-"));
  const flash = join(folder, "flash.bin");
  writeFileSync(flash, new Uint8Array(4096));
  let waiting: { resolve: (met: Met) => void; reject: (error: Error) => void } | undefined;
  const died = (why: string) => waiting?.reject(new Fault(`the program ended: ${why}`));
  let boots = 0;
  const unit: Running = linuxStand(program).start(
    flash,
    (line) => {
      if (line.startsWith('{"message":"boot"') && boots++ > 0) died("it was reset");
      if (line.startsWith('{"message":"met"')) waiting?.resolve(JSON.parse(line) as Met);
    },
    died,
  );
  return {
    meet: (meeting) =>
      new Promise((resolve, reject) => {
        const slow = setTimeout(() => died("it says nothing"), silentMs);
        waiting = {
          resolve(met) {
            clearTimeout(slow);
            resolve(met);
          },
          reject(error) {
            clearTimeout(slow);
            reject(error);
          },
        };
        unit.write(`${JSON.stringify({ ...identity, ...meeting })}\n`);
      }),
    end() {
      unit.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Result {
  readonly title: string;
  readonly saw: string;
  readonly fine: boolean;
}

async function battery(
  sound: Client,
  broken: Client,
  house: Awaited<ReturnType<typeof buildHouse>>,
) {
  const results: Result[] = [];
  let longestMs = 0;
  const anchors = [hex(house.root.der)];
  const note = (title: string, met: Met, fine: boolean) => {
    longestMs = Math.max(longestMs, met.longestMs);
    results.push({ title, saw: `${met.end}, ${met.echoed} bytes echoed`, fine });
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
      note(`${version}: refused, ${title}`, met, met.end === end && !met.open && met.echoed === 0);
      if (control === unverified) {
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
    for (let turns = 0; ; turns++) {
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
  return { results, longestMs };
}

await runCommandLine(usage, async () => {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const sdk = findSdk();
  findMbedtls();
  await makeModule();
  const asShipped = programOf(sdk, "test/device-suites/tls-manifest.json", "tls");
  const disarmed = programOf(sdk, withoutVerification(), "tls-unverified");
  const house = await buildHouse();
  const identity = { key: hex(house.unit.keyDer), chain: [hex(house.unit.der)] };
  const sound = clientOf(asShipped, identity);
  const broken = clientOf(disarmed, identity);
  const { results, longestMs } = await battery(sound, broken, house).finally(() => {
    sound.end();
    broken.end();
  });
  const failed = results.filter(({ fine }) => !fine);
  if (values.json) console.log(JSON.stringify({ results, longestMs }, null, 2));
  else {
    for (const { title, saw, fine } of results) console.log(`${fine ? "✔" : "✘"} ${title}: ${saw}`);
    console.log(
      `${results.length - failed.length} of ${results.length}; longest turn ${longestMs} ms`,
    );
  }
  if (failed.length > 0) throw new Fault(`${failed.length} of the battery failed`);
});
