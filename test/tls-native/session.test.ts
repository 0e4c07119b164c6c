/** The session over time: resumption and its bounds, flow both ways, and being dropped at any moment. */
import test from "ava";
import { findToolchain, type Sabotage } from "../mbedtls/toolchain.ts";
import { issue } from "./certificates.ts";
import { buildPeer, type Peer } from "./peer.ts";
import { echoServer } from "./servers.ts";

const toolchain = findToolchain();
const native = "missing" in toolchain ? test.serial.skip : test.serial;
const whyNot = "missing" in toolchain ? ` [skipped: ${toolchain.missing}]` : "";
const versions = ["TLSv1.2", "TLSv1.3"] as const;

async function withPeer<T>(sabotage: Sabotage, use: (peer: Peer) => Promise<T>): Promise<T> {
  if ("missing" in toolchain) throw new Error(toolchain.missing);
  const peer = await buildPeer(toolchain, sabotage);
  try {
    return await use(peer);
  } finally {
    peer.remove();
  }
}

async function scene() {
  const root = await issue({ commonName: "Server root", isAuthority: true });
  const names = ["a.test"];
  const server = await issue({ commonName: "a", names, usage: "server", issuer: root });
  const unit = await issue({ commonName: "unit", usage: "client", issuer: root });
  const files = { key: unit.keyDer, chain: [unit.der], anchors: [root.der] };
  return { files, options: { key: server.keyPem, cert: server.pem } };
}

native(`the second connection resumes the first${whyNot}`, async (t) => {
  const { files, options } = await scene();
  await withPeer([], async (peer) => {
    for (const maxVersion of versions) {
      const server = await echoServer({ ...options, maxVersion });
      const names = ["a.test", "a.test"];
      const runs = await peer.run({ port: server.port, names, ...files });
      t.deepEqual(
        runs.map(({ end }) => end),
        ["done", "done"],
        maxVersion,
      );
      t.deepEqual(server.resumed, [false, true], maxVersion);
      const kept = runs[0]?.ticket ?? 0;
      t.true(kept > 0 && kept <= 4096, `${kept} bytes`);
      await server.close();
    }
  });
});

native(`a ticket does not carry one name's trust to another${whyNot}`, async (t) => {
  const { files, options } = await scene();
  const names = ["a.test", "b.test"];
  const maxVersion = "TLSv1.2";
  await withPeer([], async (peer) => {
    const server = await echoServer({ ...options, maxVersion });
    const [, second] = await peer.run({ port: server.port, names, ...files });
    t.like(second, { end: "wrong-name", open: false });
    await server.close();
  });
  const anyScope: Sabotage = [
    ["memcmp(ticket->scope, session->scope, sizeof session->scope) == 0", "1"],
  ];
  await withPeer(anyScope, async (peer) => {
    const server = await echoServer({ ...options, maxVersion });
    const [, second] = await peer.run({ port: server.port, names, ...files });
    t.is(second?.end, "done", "negative control: without the scope the wrong name is trusted");
    await server.close();
  });
});

native(`300 KB go and return unchanged through a 2 KB queue${whyNot}`, async (t) => {
  const { files, options } = await scene();
  await withPeer([], async (peer) => {
    for (const maxVersion of versions) {
      const server = await echoServer({ ...options, maxVersion });
      const want = { port: server.port, names: ["a.test"], bytes: 300_000, ...files };
      const [run] = await peer.run(want);
      t.like(run, { end: "done", echoed: 300_000 }, maxVersion);
      await server.close();
    }
  });
});

native(`a ticket that arrives while a write is stuck doubles nothing${whyNot}`, async (t) => {
  const { files, options } = await scene();
  const want = { names: ["a.test"], bytes: 20_000, stall: 200, ...files };
  await withPeer([], async (peer) => {
    const server = await echoServer(options);
    const [run] = await peer.run({ port: server.port, ...want });
    t.like(run, { end: "done", echoed: 20_000 });
    await server.close();
  });
  const cutWrites: Sabotage = [
    ["roomIn(&session->leaving) < piece + RECORD_OVERHEAD + ALERT_RECORD", "0"],
    ["roomIn(&session->leaving) < ALERT_RECORD", "0"],
    [
      "	if (!error)\n\t\terror = takeRecord",
      "	if (!error || error == MBEDTLS_ERR_SSL_WANT_WRITE)\n\t\terror = takeRecord",
    ],
  ];
  await withPeer(cutWrites, async (peer) => {
    const server = await echoServer(options);
    await t.throwsAsync(peer.run({ port: server.port, ...want }), { message: /echo differs/ });
    await server.close();
  });
});

native(`dropped after any step, it leaks and touches nothing${whyNot}`, async (t) => {
  const { files, options } = await scene();
  await withPeer([], async (peer) => {
    const server = await echoServer(options);
    let ends = "";
    for (let steps = 0; ends !== "done" && steps < 60; steps++) {
      const [run] = await peer.run({ port: server.port, names: ["a.test"], steps, ...files });
      ends = run?.end ?? "";
      t.true(ends === "dropped" || ends === "done", ends);
    }
    t.is(ends, "done");
    await server.close();
  });
});

native(`settings that cannot be used are refused before a byte is sent${whyNot}`, async (t) => {
  const { files, options } = await scene();
  const junk = Uint8Array.from([0x30, 0x03, 0x02, 0x01, 0x01]);
  const server = await echoServer(options);
  await withPeer([], async (peer) => {
    const base = { port: server.port, names: ["a.test"], ...files };
    for (const spoilt of [
      { key: junk },
      { chain: [junk] },
      { anchors: [junk] },
      { names: ["a".repeat(254)] },
    ]) {
      const [run] = await peer.run({ ...base, ...spoilt });
      // A key is looked into by the first step.
      const steps = "key" in spoilt ? 1 : 0;
      t.like(run, { end: "bad-settings", steps }, Object.keys(spoilt).join());
    }
  });
  t.deepEqual(server.resumed, []);
  await server.close();
});

native(`a handshake is many steps, and what the longest holds is told${whyNot}`, async (t) => {
  const { files, options } = await scene();
  await withPeer([], async (peer) => {
    for (const maxVersion of versions) {
      const server = await echoServer({ ...options, maxVersion });
      const [run] = await peer.run({ port: server.port, names: ["a.test"], ...files });
      t.like(run, { end: "done" });
      t.true((run?.steps ?? 0) > 10, `${run?.steps} steps`);
      t.log(`${maxVersion}: ${run?.steps} steps, the longest ${run?.longestUs} µs, sanitizers on`);
      await server.close();
    }
  });
});

native(`an anchor is rotated without a moment of distrust${whyNot}`, async (t) => {
  const { files, options } = await scene();
  const next = await issue({ commonName: "Next root", isAuthority: true });
  const names = ["a.test"];
  const moved = await issue({ commonName: "a", names, usage: "server", issuer: next });
  const before = await echoServer(options);
  const after = await echoServer({ key: moved.keyPem, cert: moved.pem });
  const [old] = files.anchors;
  if (!old) throw new Error("no anchor");
  await withPeer([], async (peer) => {
    const ends = async (anchors: readonly Uint8Array[]) => {
      const seen = [];
      for (const { port } of [before, after])
        seen.push((await peer.run({ port, names, ...files, anchors }))[0]?.end);
      return seen;
    };
    t.deepEqual(await ends([old]), ["done", "untrusted"], "before");
    t.deepEqual(await ends([old, next.der]), ["done", "done"], "while it is rotated");
    t.deepEqual(await ends([next.der]), ["untrusted", "done"], "after");
  });
  await before.close();
  await after.close();
});
