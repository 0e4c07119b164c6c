import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { decodeCesu8, encodeCesu8 } from "../../host-sim/engine/xs/cesu8.ts";
import { encodeFrame, FrameReader } from "../../host-sim/engine/xs/frames.ts";

const buildModule = new URL("../../host-sim/engine/xs/build.ts", import.meta.url).href;
const onUnix = process.platform === "win32" ? test.skip : test;

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-xs-build-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A compiler that notes each call in `calls` and writes a script where a program should be. */
function fakeCompiler(folder: string, body = ""): string {
  const path = join(folder, "fake-cc");
  writeFileSync(
    path,
    `#!/bin/sh
[ "$1" = --version ] && exit 0
${body}
for argument; do
  [ "$previous" = -o ] && output=$argument
  previous=$argument
done
echo "$output" >> "${join(folder, "calls")}"
echo '#!/bin/sh' > "$output"
`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** Another process that builds into `folder`, as a worker of a test run would. */
function builder(folder: string, env: Record<string, string>) {
  const program = `import(${JSON.stringify(buildModule)})
    .then(({ buildXsHost }) => buildXsHost(${JSON.stringify(folder)}))
    .then(console.log, (error) => { console.error("failed: " + error.message); process.exitCode = 1; });`;
  const child = spawn(process.execPath, ["--import", "tsx", "-e", program], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    output.stdout += data;
  });
  child.stderr.on("data", (data) => {
    output.stderr += data;
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, ...output })),
  );
}

onUnix("several processes that find the engine missing build it once between them", async (t) => {
  const folder = scratch(t);
  const target = join(folder, "build");
  const env = { CC: fakeCompiler(folder, "sleep 0.01") };
  const results = await Promise.all(Array.from({ length: 3 }, () => builder(target, env)));
  for (const { code, stdout, stderr } of results) {
    t.is(code, 0, stderr);
    t.is(stdout, results[0]!.stdout);
  }
  t.is(results.filter(({ stderr }) => stderr.includes("Building the XS engine")).length, 1);
  const calls = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  t.is(new Set(calls).size, calls.length);
  t.is(calls.filter((output) => output.endsWith("xs-host")).length, 1);
  t.true(existsSync(results[0]!.stdout.trim()));
  t.is(readdirSync(target).length, 1, "neither a lock nor object files are left");
});

onUnix("the lock of a builder that was killed stops nobody", async (t) => {
  const folder = scratch(t);
  const target = join(folder, "build");
  const env = { CC: fakeCompiler(folder) };
  const { stdout } = await builder(join(folder, "elsewhere"), env);
  mkdirSync(target);
  const gone = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => gone.on("close", resolve));
  const name = dirname(stdout.trim()).split("/").at(-1);
  writeFileSync(join(target, `${name}.lock`), String(gone.pid));
  const { code } = await builder(target, env);
  t.is(code, 0);
  t.deepEqual(readdirSync(target), [name]);
});

onUnix(
  "a compiler that fails is named with its message, and nothing half built is left",
  async (t) => {
    const folder = scratch(t);
    const target = join(folder, "build");
    const broken = `case "$*" in *xsRun.c*) echo "no room for xsRun" >&2; exit 1;; esac`;
    const { code, stderr } = await builder(target, { CC: fakeCompiler(folder, broken) });
    t.is(code, 1);
    t.regex(stderr, /failed: XS engine: the C compiler failed on .*xsRun\.c: no room for xsRun/);
    t.deepEqual(readdirSync(target), []);
  },
);

onUnix("without a compiler one line says what to do", async (t) => {
  const { code, stderr } = await builder(scratch(t), { CC: "/nonexistent/cc" });
  t.is(code, 1);
  t.is(
    stderr.trim(),
    "failed: XS engine: no C compiler found (install gcc or clang, or set CC); the Node engine works without it",
  );
});

test("CESU-8 keeps every UTF-16 text, and is UTF-8 where the two agree", (t) => {
  const texts = [
    "",
    "plain é ह",
    "\u0000",
    "a\u0000b",
    "💡",
    "\ud83d",
    "\udca1\ud83d",
    "\uffff\u07ff\u0800\u007f\u0080",
  ];
  for (const text of texts) t.is(decodeCesu8(encodeCesu8(text)), text);
  t.deepEqual([...encodeCesu8("\u0000")], [0xc0, 0x80]);
  t.deepEqual([...encodeCesu8("💡")], [0xed, 0xa0, 0xbd, 0xed, 0xb2, 0xa1]);
  t.deepEqual(encodeCesu8("é ह"), Buffer.from("é ह"));
});

test("frames are cut right wherever the stream is split", (t) => {
  // A frame from XS is one to XS with the heap figures after its header.
  const fromXs = (type: "R" | "T", a: string, b: string, bytes?: Uint8Array) => {
    const frame = encodeFrame(type, a, b, bytes);
    const heap = Buffer.alloc(20);
    [1, 2, 3, 4, 5].forEach((value, index) => {
      heap.writeUInt32LE(value, index * 4);
    });
    const whole = Buffer.concat([frame.subarray(0, 14), heap, frame.subarray(14)]);
    whole.writeUInt32LE(whole.length - 4, 0);
    return whole;
  };
  const stream = Buffer.concat([
    fromXs("R", "one", "{}", new Uint8Array([1, 2])),
    fromXs("T", "", ""),
    fromXs("R", "three", "é", new Uint8Array(0)),
  ]);
  const heap = { slots: 1, slotsPeak: 2, chunks: 3, chunksPeak: 4, livePeak: 5 };
  for (let step = 1; step <= stream.length; step++) {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < stream.length; at += step)
      frames.push(...reader.push(stream.subarray(at, at + step)));
    t.deepEqual(frames as unknown, [
      { type: "R", a: "one", b: "{}", bytes: new Uint8Array([1, 2]), heap },
      { type: "T", a: "", b: "", bytes: undefined, heap },
      { type: "R", a: "three", b: "é", bytes: new Uint8Array(0), heap },
    ]);
  }
});
