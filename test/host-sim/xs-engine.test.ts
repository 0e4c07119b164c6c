import test from "ava";
import { build } from "esbuild";
import { slotBytes } from "../../device/platform/memory.ts";
import {
  defaultHeapLimit,
  type HostCall,
  type MachineOptions,
  PowerCut,
  stackSlots,
} from "../../host-sim/engine/engine.ts";
import { privateMemory, xsAvailable, xsEngine } from "../../host-sim/engine/xs-engine.ts";

const available = xsAvailable();
if (!available.ok) test("the XS engine cannot run here", (t) => t.log(available.reason));
const xsTest = available.ok ? test : test.skip;

type Log = string[];

/** A machine whose host calls are noted as "op json"; returns what it did and how it died. */
async function machine(body: string, options: Partial<MachineOptions> = {}) {
  const log: Log = [];
  const deaths: [string, string][] = [];
  const started = await xsEngine.start({
    source: `globalThis.onHostEvent = (event, json, bytes) => { ${body} };`,
    hostCall: (op, json, bytes) => {
      log.push(`${op} ${json}`);
      return { json: "null", ...(bytes ? { bytes } : {}) };
    },
    onDeath: (death, detail) => deaths.push([death, detail]),
    ...options,
  });
  return { started, log, deaths };
}

/** Gone and reaped: a zombie would still answer to signal 0. */
async function reaped(processId: number): Promise<boolean> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      process.kill(processId, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

xsTest("events arrive in order, one at a time, and promise jobs run before the next", async (t) => {
  const { started, log, deaths } = await machine(`
    hostCall("begin", event);
    Promise.resolve().then(() => hostCall("job", event)).then(() => hostCall("after", event));
    hostCall("end", json);
  `);
  for (const event of ["a", "b"]) started.deliver(event, `${event}!`);
  t.deepEqual(log, [], "nothing runs inside deliver");
  await started.idle();
  const life = (e: string) => [`begin ${e}`, `end ${e}!`, `job ${e}`, `after ${e}`];
  t.deepEqual(log, [...life("a"), ...life("b")]);
  t.deepEqual(deaths, []);
  started.kill();
});

xsTest("an event delivered from inside a call waits for its turn", async (t) => {
  const log: Log = [];
  const { started } = await machine(
    `hostCall("in", event); if (event === "first") hostCall("poke", ""); hostCall("out", event);`,
    {
      hostCall: (op, json) => {
        log.push(`${op} ${json}`);
        if (op === "poke") started.deliver("second", "");
        return { json: "" };
      },
    },
  );
  started.deliver("first", "");
  await started.idle();
  t.deepEqual(log, ["in first", "poke ", "out first", "in second", "out second"]);
  started.kill();
});

const strangeTexts = {
  "a lone surrogate": "\ud800 and \udfff",
  "a character beyond 16 bits": "💡".repeat(3),
  "U+0000": "a\u0000b",
  "every length of UTF-8": "a é ह 💡",
  nothing: "",
};

for (const [name, text] of Object.entries(strangeTexts))
  xsTest(`${name} crosses both ways unchanged`, async (t) => {
    const { started, deaths } = await machine(
      `const reply = hostCall(json, json);
       const units = (s) => Array.from({ length: s.length }, (_, i) => s.charCodeAt(i)).join();
       if (reply.json !== json || units(json) !== "${Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))}")
         throw new Error(units(json));`,
      {
        hostCall: (op, json) => {
          t.is(op, text);
          t.is(json, text);
          return { json };
        },
      },
    );
    started.deliver("x", text);
    await started.idle();
    t.deepEqual(deaths, []);
    started.kill();
  });

for (const length of [0, 1, 65_536])
  xsTest(`${length} bytes cross both ways, as copies`, async (t) => {
    const sent = new Uint8Array(length).map((_, index) => index * 7);
    const seen: Uint8Array[] = [];
    const hostCall: HostCall = (op, json, bytes) => {
      if (bytes) seen.push(bytes);
      return op === "x" ? { json, bytes: sent } : { json };
    };
    const { started, deaths } = await machine(
      `if (!(bytes instanceof ArrayBuffer) || bytes.byteLength !== ${length}) throw new Error("event");
       const reply = hostCall("x", "", bytes);
       if (!(reply.bytes instanceof ArrayBuffer)) throw new Error("reply");
       new Uint8Array(bytes).fill(0);
       hostCall("y", "", reply.bytes);
       if ("bytes" in hostCall("none", "")) throw new Error("no bytes");`,
      // Both copies are in the device at once.
      { hostCall, heapLimit: 4 * 65_536 },
    );
    started.deliver("x", "", sent);
    await started.idle();
    t.deepEqual(deaths, []);
    t.is(seen.length, 2);
    for (const bytes of seen) t.true(Buffer.from(bytes).equals(sent));
    started.kill();
  });

xsTest(
  "a machine sees the language, hostCall, Compartment, harden, lockdown and nothing else",
  async (t) => {
    const { started, log } = await machine(
      `hostCall("names", Object.getOwnPropertyNames(globalThis).join(" "));`,
    );
    started.deliver("x", "");
    await started.idle();
    const language = new Set(Object.getOwnPropertyNames(globalThis));
    for (const node of ["console", "setTimeout", "process", "global", "fetch", "crypto"])
      language.delete(node);
    const extra = log[0]!.split(" ").slice(1);
    t.deepEqual(extra.filter((name) => !language.has(name)).sort(), [
      "Compartment",
      "ModuleSource",
      "TypedArray",
      "harden",
      "hostCall",
      "lockdown",
      "onHostEvent",
    ]);
    started.kill();
  },
);

xsTest("a compartment sees only what it is endowed with, hardened", async (t) => {
  const { started, log, deaths } = await machine(`
    const on = [];
    const lamp = harden({ set(value) { on.push(value); } });
    const inside = new Compartment({ globals: { lamp } });
    inside.evaluate("lamp.set(1)");
    hostCall("lamp", JSON.stringify(on));
    hostCall("reaches", inside.evaluate("typeof hostCall + typeof onHostEvent"));
    hostCall("changes", inside.evaluate("'use strict'; try { lamp.set = null; 'yes' } catch (e) { e.name }"));
  `);
  started.deliver("x", "");
  await started.idle();
  t.deepEqual(deaths, []);
  t.deepEqual(log, ["lamp [1]", "reaches undefinedundefined", "changes TypeError"]);
  started.kill();
});

xsTest("a restart is a real one: globals and prototypes of the last life are gone", async (t) => {
  const body = `
    hostCall("left", String(globalThis.left) + Array.prototype.left);
    globalThis.left = 1; Array.prototype.left = 1;
  `;
  for (let life = 0; life < 2; life++) {
    const { started, log } = await machine(body);
    started.deliver("x", "");
    await started.idle();
    t.deepEqual(log, ["left undefinedundefined"]);
    started.kill();
  }
});

const nest = (depth: number, wrap: string) =>
  `let a = 0; for (let i = 0; i < ${depth}; i++) ${wrap};`;

/** Each is run after the event "die"; none may be survived, and none may look like a broken engine. */
const deathly: Record<string, [body: string, death: string, detail: RegExp]> = {
  "an exception": [
    "(function inner() { throw new TypeError('bug é💡') })()",
    "exception",
    /^TypeError: bug é💡\n at inner/,
  ],
  "a thrown string": ["throw 'text'", "exception", /^text$/],
  "a thrown trap": [
    "throw new Proxy({}, { get() { throw 1 } })",
    "exception",
    /cannot be described/,
  ],
  "a thrown memory bomb": [
    "throw { toString() { const a = []; for (;;) a.push({}) } }",
    "exception",
    /cannot be described/,
  ],
  "a rejection nobody handles": [
    "Promise.reject(new Error('now'))",
    "exception",
    /^unhandled rejection: Error: now/,
  ],
  "a rejection in an async function": [
    "(async () => { await null; throw new Error('deep') })()",
    "exception",
    /^unhandled rejection: Error: deep/,
  ],
  "an exception in a promise job that is rethrown by the host": [
    "Promise.resolve().then(() => hostCall('fail', ''))",
    "exception",
    /^unhandled rejection: Error: the board says no/,
  ],
  "endless recursion": [
    "(function f() { return f() + 1 })()",
    "stack-overflow",
    /JavaScript stack/,
  ],
  "recursion that hopes to catch it": [
    "const f = () => f() + 1; try { f() } catch { hostCall('survived', '') }",
    "stack-overflow",
    /JavaScript stack/,
  ],
  "recursion through native code": ["const f = () => [1].map(f); f()", "stack-overflow", /native/],
  "recursion through a getter": [
    "const o = { get x() { return this.x } }; o.x",
    "stack-overflow",
    /./,
  ],
  "recursion through a proxy": [
    "const h = {}, p = new Proxy({}, h); h.get = (t, k, r) => r[k]; p.x",
    "stack-overflow",
    /./,
  ],
  "a chain of proxies": [`${nest(1500, "a = new Proxy(a || {}, {})")} a.x`, "stack-overflow", /./],
  "recursion through toString": [
    "const o = { toString() { return '' + this } }; '' + o",
    "stack-overflow",
    /native/,
  ],
  "deeply nested JSON": [
    "JSON.parse('['.repeat(20000) + ']'.repeat(20000))",
    "stack-overflow",
    /stack/,
  ],
  "a deep array written as JSON": [
    `${nest(100, "a = [a]")} JSON.stringify(a)`,
    "stack-overflow",
    /native/,
  ],
  "a deep structure that the collector walks": [
    `${nest(3000, "a = [a]")} globalThis.kept = a;`,
    "stack-overflow",
    /./,
  ],
  "objects without end": ["const a = []; for (;;) a.push({})", "memory-full", /slots of \d+ bytes/],
  "a list without end": ["let a; for (;;) a = { a }", "memory-full", /./],
  "a string without end": ["let s = 'x'; for (;;) s += s", "memory-full", /./],
  "names without end": ["const o = {}; for (let i = 0; ; i++) o['k' + i] = i", "memory-full", /./],
  "a buffer larger than the heap": ["new ArrayBuffer(1 << 20)", "memory-full", /./],
  "a buffer of 2 GB": ["new ArrayBuffer(0x7fffffff)", "memory-full", /./],
  "an integer without end": ["let n = 1n; for (;;) n <<= 16384n", "memory-full", /./],
  "an endless loop": ["for (;;);", "watchdog", /^no end after 100 ms/],
  "an endless loop in native code": [
    "const a = []; a.length = 0xffffffff; a.indexOf(1)",
    "watchdog",
    /./,
  ],
  "a regular expression that backtracks": ["/^(a+)+$/.test('a'.repeat(40) + 'b')", "watchdog", /./],
  "a hostCall without arguments": [
    "hostCall()",
    "exception",
    /^TypeError: hostCall\(op, json, bytes\?\)/,
  ],
  "a hostCall with bytes that are none": ["hostCall('x', '', [1])", "exception", /^TypeError/],
};

for (const [name, [body, death, detail]] of Object.entries(deathly))
  xsTest(`${name} is the death "${death}", once, and nothing runs afterwards`, async (t) => {
    const log: Log = [];
    const { started, deaths } = await machine(
      `hostCall("event", event); if (event === "die") { ${body} }`,
      {
        watchdogMs: 100,
        hostCall: (op, json) => {
          if (op === "fail") throw new RangeError("the board says no");
          log.push(`${op} ${json}`);
          return { json: "" };
        },
      },
    );
    started.deliver("die", "");
    started.deliver("after", "");
    await started.idle();
    started.deliver("much later", "");
    await started.idle();
    t.deepEqual(log, ["event die"]);
    t.is(deaths.length, 1);
    t.is(deaths[0]![0], death, deaths[0]![1]);
    t.regex(deaths[0]![1], detail);
    t.true(await reaped(started.processId!));
  });

xsTest("what a device may do it survives: the negative control of the deaths", async (t) => {
  const { started, log, deaths } = await machine(
    `Promise.reject(new Error("handled")).catch(() => {});
     const deep = (n) => (n ? deep(n - 1) + 1 : 0);
     const nested = "[".repeat(20) + "]".repeat(20);
     for (let i = 0; i < 1e4; i++) ({ garbage: [i] });
     try { null.x } catch {}
     hostCall("fine", String(deep(20)) + (JSON.stringify(JSON.parse(nested)) === nested));`,
    { watchdogMs: 2000 },
  );
  for (let round = 0; round < 20; round++) started.deliver("x", "");
  await started.idle();
  t.deepEqual(deaths, []);
  t.deepEqual(log, Array(20).fill("fine 20true"));
  started.kill();
});

xsTest("what the board throws is an Error of the device with its message", async (t) => {
  const log: Log = [];
  const { started, deaths } = await machine(
    `try { hostCall("bad", "") } catch (error) { hostCall("caught", String(error.constructor === Error) + error.message) }`,
    {
      hostCall: (op, json) => {
        if (op === "bad") throw new RangeError("outside \u0000 é💡");
        log.push(`${op} ${json}`);
        return { json: "" };
      },
    },
  );
  started.deliver("x", "");
  await started.idle();
  t.deepEqual(log, ["caught trueoutside \u0000 é💡"]);
  t.deepEqual(deaths, []);
  started.kill();
});

xsTest("a power cut inside a call never returns", async (t) => {
  const log: Log = [];
  const { started, deaths } = await machine(
    `try { hostCall("cut", "") } catch { hostCall("survived", "") } finally { hostCall("survived", "") }`,
    {
      hostCall: (op, json) => {
        log.push(`${op} ${json}`);
        if (op === "cut") throw new PowerCut("power cut before write 3");
        return { json: "" };
      },
    },
  );
  started.deliver("x", "");
  started.deliver("y", "");
  await started.idle();
  t.deepEqual(log, ["cut "]);
  t.deepEqual(deaths, [["power-cut", "power cut before write 3"]]);
  t.true(await reaped(started.processId!));
});

xsTest("kill from inside a call: no later call, no later event, no death to report", async (t) => {
  const log: Log = [];
  const { started, deaths } = await machine(`hostCall("one", ""); hostCall("two", "");`, {
    hostCall: (op, json) => {
      log.push(`${op} ${json}`);
      started.kill();
      return { json: "" };
    },
  });
  started.deliver("x", "");
  started.deliver("y", "");
  await started.idle();
  t.true(await reaped(started.processId!));
  t.deepEqual(log, ["one "]);
  t.deepEqual(deaths, []);
});

xsTest("kill while the device computes ends it at once", async (t) => {
  const { started, log, deaths } = await machine(`for (;;); hostCall("never", "")`);
  started.deliver("x", "");
  setTimeout(() => started.kill(), 30);
  await started.idle();
  t.true(await reaped(started.processId!));
  t.deepEqual([log, deaths], [[], []]);
});

xsTest("an engine that fails is a death too", async (t) => {
  const { started, deaths } = await machine(`for (;;);`);
  started.deliver("x", "");
  process.kill(started.processId!, "SIGTERM");
  await started.idle();
  t.deepEqual(deaths, [["exception", "the engine failed: SIGTERM"]]);
});

xsTest("a bundle that cannot be evaluated is refused at the start", async (t) => {
  const options = { hostCall: () => ({ json: "" }), onDeath: () => t.fail("never lived") };
  const refused: [string, RegExp][] = [
    ["throw new Error('load')", /cannot be loaded: Error: load/],
    ["not a script", /cannot be loaded: SyntaxError/],
    ["const f = () => f(); f()", /cannot be loaded: /],
  ];
  for (const [source, message] of refused)
    await t.throwsAsync(xsEngine.start({ ...options, source }), { message });
});

xsTest("a bundle without onHostEvent dies of its first event", async (t) => {
  const { started, deaths } = await machine("", { source: "1" });
  started.deliver("boot", "{}");
  await started.idle();
  t.regex(deaths[0]![1], /set no onHostEvent/);
});

xsTest(
  "a bundle may have more names than the chip's stack has slots, an event may not",
  async (t) => {
    const names = Array.from({ length: stackSlots }, (_, i) => `v${i} = ${i}`).join();
    const { started, log, deaths } = await machine("", {
      source: `(() => { var ${names}; globalThis.onHostEvent = (event) => {
      hostCall("names", String(v${stackSlots - 1}));
      if (event === "die") (() => { var ${names}; hostCall("survived", ""); })();
    }; })();`,
    });
    started.deliver("live", "");
    started.deliver("die", "");
    await started.idle();
    t.deepEqual(log, Array(2).fill(`names ${stackSlots - 1}`));
    t.deepEqual(deaths, [["stack-overflow", "JavaScript stack"]]);
  },
);

xsTest("one device's end touches no other", async (t) => {
  const all = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      machine(
        index % 3 === 0
          ? `if (json === "die") for (;;) hostCall.x = { x: hostCall.x }; hostCall("ok", "")`
          : `hostCall("ok", "")`,
      ),
    ),
  );
  for (const json of ["live", "die", "live"]) {
    for (const { started } of all) started.deliver("x", json);
    await Promise.all(all.map(({ started }) => started.idle()));
  }
  for (const [index, { log, deaths, started }] of all.entries()) {
    t.is(log.length, index % 3 === 0 ? 1 : 3);
    t.is(deaths[0]?.[0], index % 3 === 0 ? "memory-full" : undefined);
    started.kill();
  }
});

const hoard = `globalThis.kept ??= []; for (let i = 0; i < 400; i++) kept.push({ i, s: "text " + i });
  for (let i = 0; i < 5000; i++) ({ garbage: [i] });`;

xsTest(
  "the heap figures are repeatable, count from the loaded code, and fall when data goes",
  async (t) => {
    const body = `if (event === "drop") globalThis.kept = undefined; else { ${hoard} }`;
    const figures = [];
    for (let life = 0; life < 2; life++) {
      const { started } = await machine(body);
      const before = await started.heap();
      t.deepEqual([before.slots, before.chunks, before.slotsPeak, before.chunksPeak], [0, 0, 0, 0]);
      started.deliver("x", "");
      await started.idle();
      const full = await started.heap();
      started.deliver("drop", "");
      const empty = await started.heap();
      t.true(
        full.slots > 400 * 3 * slotBytes && full.slotsPeak >= full.slots && full.chunks > 400 * 24,
      );
      t.true(empty.slots < 4_096 && empty.chunks < 4_096, JSON.stringify(empty));
      t.true(empty.slotsPeak >= full.slotsPeak, "a peak never falls");
      figures.push(full, empty);
      started.kill();
      t.deepEqual((await started.heap()).slotsPeak, empty.slotsPeak, "and outlives the machine");
    }
    t.deepEqual(figures.slice(0, 2), figures.slice(2));
  },
);

xsTest(
  "the peaks are what the device needs: that much suffices, less than the live peak does not",
  async (t) => {
    const first = await machine(hoard);
    first.started.deliver("x", "");
    const { slotsPeak, chunksPeak, livePeak } = await first.started.heap();
    first.started.kill();
    t.true(livePeak <= slotsPeak + chunksPeak);
    const grain = 64 * slotBytes + 2 * 512;
    for (const [heapLimit, death] of [
      [slotsPeak + chunksPeak + grain, undefined],
      [livePeak - grain, "memory-full"],
    ] as const) {
      const { started, deaths } = await machine(hoard, { heapLimit });
      started.deliver("x", "");
      const heap = await started.heap();
      t.is(deaths[0]?.[0], death);
      t.is(heap.limit, heapLimit);
      t.true(heap.slots + heap.chunks <= heapLimit);
      started.kill();
    }
  },
);

xsTest("the limit is the chip's: a slot is 16 bytes, and the stack has its share", async (t) => {
  const slots = async (count: number) => {
    const body = `globalThis.kept ??= new Array(2).fill(); let last; globalThis.chain = undefined;
      for (let i = 0; i < ${count}; i++) chain = { chain };`;
    const { started, deaths } = await machine(body);
    started.deliver("x", "");
    const heap = await started.heap();
    started.kill();
    return { heap, death: deaths[0]?.[0] };
  };
  // An object with one property is an instance and a property: two slots.
  const most = Math.floor(defaultHeapLimit / slotBytes / 2);
  t.is((await slots(most - 200)).death, undefined, "nearly as many slots as the chip has");
  t.is((await slots(most + 1)).death, "memory-full", "and not one object more");
  const { heap } = await slots(1000);
  t.true(Math.abs(heap.slots - 2000 * slotBytes) < 64 * slotBytes, `${heap.slots}`);
  t.is(heap.limit, defaultHeapLimit);
});

xsTest("garbage takes a few steps of the heap and no more", async (t) => {
  const { started } = await machine(
    `for (let i = 0; i < 2e4; i++) ({ garbage: [i], more: "text " + i });`,
  );
  started.deliver("x", "");
  const { slotsPeak, chunksPeak, limit } = await started.heap();
  t.true(slotsPeak < limit / 10 && chunksPeak < limit / 10, `${slotsPeak} + ${chunksPeak}`);
  started.kill();
});

xsTest("a device whose heap is nearly full does not spend its life collecting", async (t) => {
  // 20,000 collections of this heap would take ten seconds.
  const body = `globalThis.kept ??= Array.from({ length: 1500 }, (_, i) => ({ i }));
    for (let i = 0n; i < 20000n; i++) i * 2n ** 100n;`;
  const room = await machine(body);
  room.started.deliver("x", "");
  const { livePeak } = await room.started.heap();
  room.started.kill();
  const { started, deaths } = await machine(body, {
    heapLimit: livePeak + 16_384,
    watchdogMs: 2000,
  });
  started.deliver("x", "");
  await started.idle();
  t.deepEqual(deaths, []);
  started.kill();
});

xsTest("loaded code takes no heap: a bundle ten times as large leaves as much", async (t) => {
  const code = (functions: number) =>
    Array.from(
      { length: functions },
      (_, i) => `globalThis.f${i} = function () { return "text ${i} ${"-".repeat(200)}" + ${i} };`,
    ).join("\n");
  const needs = [];
  for (const functions of [50, 500]) {
    const source = `${code(functions)} globalThis.onHostEvent = () => { hostCall("x", f1()); ${hoard} };`;
    const { started } = await machine("", { source });
    started.deliver("x", "");
    const heap = await started.heap();
    needs.push(heap.slots, heap.chunks);
    started.kill();
  }
  t.deepEqual(needs.slice(0, 2), needs.slice(2));
});

xsTest("an Ed25519 verification fits the C3's heap, and gives it back", async (t) => {
  const bundle = await build({
    stdin: {
      contents: `export { ed25519 } from "@noble/curves/ed25519.js";`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "curves",
    target: "es2021",
  });
  const { ed25519 } = await import("@noble/curves/ed25519.js");
  const secret = ed25519.utils.randomSecretKey();
  const message = new Uint8Array(64).fill(7);
  const all = [ed25519.sign(message, secret), message, ed25519.getPublicKey(secret)];
  const { started, log, deaths } = await machine("", {
    // A factory: the library is code until it is called, and garbage once it is let go.
    source: `"use strict";
      const make = () => { ${bundle.outputFiles[0]!.text}; curves.ed25519.Point.BASE.precompute(1); return curves; };
      globalThis.onHostEvent = (event, json, bytes) => {
        const all = new Uint8Array(bytes);
        const verified = make().ed25519.verify(all.subarray(0, 64), all.subarray(64, 128), all.subarray(128));
        hostCall("verified", String(verified));
      };`,
  });
  const started_ = performance.now();
  started.deliver("good", "", Buffer.concat(all));
  const heap = await started.heap();
  const elapsed = performance.now() - started_;
  all[1]!.fill(8);
  started.deliver("forged", "", Buffer.concat(all));
  await started.idle();
  t.deepEqual(deaths, []);
  t.deepEqual(log, ["verified true", "verified false"]);
  t.true(heap.slots + heap.chunks < 4_096, "it is given back");
  t.log(
    `load, verify, drop: ${elapsed.toFixed(0)} ms; peak ${heap.slotsPeak} + ${heap.chunksPeak} bytes`,
  );
  started.kill();
});

xsTest("fifty devices live at once, each in less than a megabyte of its own", async (t) => {
  const before = performance.now();
  const all = await Promise.all(
    Array.from({ length: 50 }, () => machine(`hostCall("here", json)`)),
  );
  const each = (performance.now() - before) / all.length;
  for (const [index, { started }] of all.entries()) started.deliver("x", String(index));
  await Promise.all(all.map(({ started }) => started.idle()));
  t.deepEqual(
    all.map(({ log }) => log[0]),
    all.map((_, index) => `here ${index}`),
  );
  const memory = all.map(({ started }) => privateMemory(started.processId!));
  for (const { started } of all) started.kill();
  for (const { started } of all) t.true(await reaped(started.processId!));
  if (process.platform !== "linux") {
    t.true(memory.every((bytes) => bytes === undefined));
    return;
  }
  const average = memory.reduce<number>((sum, bytes) => sum + bytes!, 0) / memory.length;
  t.true(average < 1 << 20, `${average} bytes each`);
  t.log(`start ${each.toFixed(1)} ms each, private memory ${Math.round(average / 1024)} KB each`);
});

xsTest(
  "a bundle is compiled once: the next machine of it has the same heap and the same answers",
  async (t) => {
    const body = `
    const words = ["a", "b"].map((word) => /b+/.test(word) + \`\${word}é\\u{1F600}\`);
    hostCall(words.join(), JSON.stringify({ event, big: 10n ** 3n + "" }));
    if (event === "fail") throw new RangeError("thrown");
  `;
    const lives: unknown[] = [];
    for (let life = 0; life < 2; life++) {
      const { started, log, deaths } = await machine(`${body} /* ${process.pid} */`);
      started.deliver("work", "{}");
      await started.idle();
      const heap = await started.heap();
      started.deliver("fail", "{}");
      await started.idle();
      lives.push({ heap, log, deaths });
    }
    const [first, second] = lives;
    t.deepEqual(second, first);
  },
);
