import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import { bundle, bundleFirmware } from "../../host-sim/runtime/bundle.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles and runs a few lines of TypeScript; returns what they handed to hostCall. */
async function run(lines: string, before = ""): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, lines.replaceAll("@repository/", repository));
  const said: string[] = [];
  try {
    const { source } = await bundle(entry);
    const machine = await nodeEngine.start({
      source: `${before}\n${source}`,
      hostCall: (op) => {
        said.push(op);
        return { json: "null" };
      },
      onDeath: (death, detail) => said.push(`${death} ${detail}`),
    });
    machine.deliver("boot", "{}");
    await machine.idle();
    machine.kill();
  } finally {
    rmSync(folder, { recursive: true });
  }
  return said;
}

const program = `
  import { crypto } from "@repository/host-sim/runtime/crypto.ts";
  globalThis.onHostEvent = () => {
    globalThis.hostCall("event");
    const { sha256 } = crypto.hashes();
    const { P256 } = crypto.points();
    globalThis.hostCall(Array.from(sha256(new Uint8Array(0)).subarray(0, 4)).join(" "));
    globalThis.hostCall(P256.BASE.toHex(true).slice(0, 8));
    globalThis.hostCall(String(crypto.points().P256 !== P256));
    globalThis.hostCall(typeof crypto.symmetric().chacha20poly1305);
    globalThis.hostCall(typeof crypto.signatures().verifyEd25519);
  };
`;

test("noble works from the bundle, and each call makes a fresh copy of it", async (t) => {
  t.deepEqual(await run(program), [
    "event",
    "227 176 196 66",
    "036b17d1",
    "true",
    "function",
    "function",
  ]);
});

test("nothing of noble is evaluated before it is called", async (t) => {
  const said = await run(
    program,
    "globalThis.BigInt = undefined; globalThis.Uint32Array = undefined;",
  );
  t.is(said[0], "event", "loading needed neither");
  t.regex(said[1] ?? "", /^exception TypeError/, "negative control: calling it did");
});

test("the firmware's bundle is one es2021 script, the same every time, built once", async (t) => {
  const first = await bundleFirmware();
  t.is(await bundleFirmware(), first);
  const { source } = await bundle(join(repository, "host-sim/runtime/main.ts"));
  t.true(
    first.source.startsWith(source.trimEnd()),
    "with a mark behind it that says what it is for",
  );
  const has = (pattern: RegExp) => pattern.test(first.source);
  t.false(has(/^\s*(import|export)\b/m), "a script, no module");
  // Lowered: XS 13.3 has bugs in class fields, private names and static blocks.
  t.false(has(/\bstatic\s*\{|\bthis\.#|\bclass\s*\w*\{\s*#/), "es2021");
});

test("a firmware that does not build says why, and is built anew next time", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, 'import "./missing.ts";');
  await t.throwsAsync(bundleFirmware({ entry }), { message: /Could not resolve ".\/missing.ts"/ });
  writeFileSync(entry, "globalThis.hostCall();");
  t.regex((await bundleFirmware({ entry })).source, /hostCall/);
  rmSync(folder, { recursive: true });
});
