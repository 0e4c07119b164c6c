import vm from "node:vm";
import test from "ava";
import { type HostCall, type MachineOptions, PowerCut } from "../../host-sim/engine/engine.ts";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";

type Log = string[];

/** A machine whose host calls are noted as "op json"; returns what it did and how it died. */
async function machine(body: string, options: Partial<MachineOptions> = {}) {
  const log: Log = [];
  const deaths: [string, string][] = [];
  const started = await nodeEngine.start({
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

test("events arrive in order, one at a time, and calls are answered within them", async (t) => {
  const { started, log, deaths } = await machine(`
    hostCall("begin", event);
    if (event === "a") for (let i = 0; i < 1000; i++) JSON.stringify(i);
    hostCall("end", json);
  `);
  for (const event of ["a", "b", "c"]) started.deliver(event, `${event}!`);
  t.deepEqual(log, [], "nothing runs inside deliver");
  await started.idle();
  t.deepEqual(log, ["begin a", "end a!", "begin b", "end b!", "begin c", "end c!"]);
  t.deepEqual(deaths, []);
});

test("an event delivered from inside a call waits for its turn", async (t) => {
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
});

test("bytes and strange strings cross both ways unchanged, as copies", async (t) => {
  const sent = new Uint8Array(65_536).map((_, index) => index);
  const seen: (Uint8Array | undefined)[] = [];
  const hostCall: HostCall = (op, json, bytes) => {
    seen.push(bytes);
    t.is(json, "\ud800 é 💡 \u0000");
    return op === "none" ? { json } : { json, bytes: op === "empty" ? new Uint8Array(0) : sent };
  };
  const { started, deaths } = await machine(
    `
    const same = (reply, length) => {
      if (reply.json !== json) throw new Error("json");
      if (!(reply.bytes instanceof ArrayBuffer) || reply.bytes.byteLength !== length) throw new Error("bytes");
    };
    if (!(bytes instanceof ArrayBuffer)) throw new Error("event bytes");
    same(hostCall("full", json, bytes), 65536);
    same(hostCall("empty", json, new ArrayBuffer(0)), 0);
    if ("bytes" in hostCall("none", json)) throw new Error("no bytes");
    new Uint8Array(bytes).fill(0);
  `,
    { hostCall },
  );
  started.deliver("x", "\ud800 é 💡 \u0000", sent);
  await started.idle();
  t.deepEqual(deaths, []);
  t.true(Buffer.from(seen[0]!).equals(sent));
  t.is(seen[1]?.length, 0);
  t.is(seen[2], undefined);
  t.is(sent[1], 1, "the device filled its own copy");
});

test("a machine sees the language, hostCall and nothing else", async (t) => {
  const { started, log } = await machine(`
    const names = Object.getOwnPropertyNames(globalThis);
    const spoken = "Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError globalThis JSON Math ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set Iterator WeakMap WeakSet WeakRef Proxy Reflect FinalizationRegistry decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN".split(" ");
    hostCall("extra", names.filter((name) => !spoken.includes(name)).sort().join(" "));
  `);
  started.deliver("x", "");
  await started.idle();
  const extra = log[0]!.split(" ").slice(1);
  // Newer engines know more of the language; nothing of Node may be among it.
  for (const name of [
    "console",
    "setTimeout",
    "process",
    "require",
    "fetch",
    "crypto",
    "WebAssembly",
  ])
    t.false(extra.includes(name), name);
  t.true(extra.includes("hostCall") && extra.includes("onHostEvent"));
  t.false(extra.includes("run"));
});

test("no object of the host leads the device out of its context", async (t) => {
  const { started, log, deaths } = await machine(`
    const stolen = [];
    const set = Uint8Array.prototype.set;
    Object.getPrototypeOf(Uint8Array.prototype).set = function (source) { stolen.push(source); return set.call(this, source); };
    globalThis.Error = class { constructor() { stolen.push(this); } };
    const reply = hostCall("x", "", new ArrayBuffer(1));
    let thrown;
    const deeper = () => { try { deeper(); } catch { try { hostCall("y", ""); } catch (error) { thrown = error; } } };
    deeper();
    const suspects = [hostCall, reply, reply.bytes, bytes, thrown, ...stolen].filter((s) => s !== undefined);
    let escapes = 0;
    for (const suspect of suspects) {
      try { if (suspect.constructor.constructor("return typeof process")() !== "undefined") escapes++; } catch {}
    }
    hostCall("escapes", String(escapes) + " of " + (suspects.length > 3));
  `);
  started.deliver("x", "", new Uint8Array(1));
  await started.idle();
  t.deepEqual(deaths, []);
  t.is(log.at(-1), "escapes 0 of true");

  // Negative control: the same climb on a host object that was really handed in.
  const leaky = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
  });
  (leaky as { leak?: unknown }).leak = () => {};
  t.is(vm.runInContext(`leak.constructor("return typeof process")()`, leaky), "object");
});

test("a restart is a real one: globals, prototypes and promises of the last life are gone", async (t) => {
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

const deathly: Record<string, [body: string, death: string, detail: RegExp]> = {
  "an exception": [
    "throw new TypeError('a bug')",
    "exception",
    /TypeError: a bug\n.*firmware\.js/s,
  ],
  "a thrown string": ["throw 'text'", "exception", /text/],
  "a thrown trap": [
    "throw new Proxy({}, { get() { throw 1 } })",
    "exception",
    /cannot be described/,
  ],
  "a rejection nobody handles": [
    "Promise.reject(new Error('later'))",
    "exception",
    /unhandled rejection: Error: later/,
  ],
  "a rejection in an async function": [
    "(async () => { await null; throw new Error('deep') })()",
    "exception",
    /unhandled rejection: Error: deep/,
  ],
  "endless recursion": ["(function f() { f() })()", "stack-overflow", /call stack/],
  "an endless loop": ["for (;;);", "watchdog", /timed out after 100ms/],
  "endless promise jobs": [
    "const again = () => Promise.resolve().then(again); again()",
    "watchdog",
    /timed out after 100ms/,
  ],
};

for (const [name, [body, death, detail]] of Object.entries(deathly))
  test(`${name} is the death "${death}", once, and nothing runs afterwards`, async (t) => {
    const { started, log, deaths } = await machine(
      `hostCall("event", event); if (event === "die") { ${body} }`,
      { watchdogMs: death === "watchdog" ? 100 : 10_000 },
    );
    started.deliver("die", "");
    started.deliver("after", "");
    await started.idle();
    // A rejection is known to be unhandled one turn later.
    await new Promise((resolve) => setTimeout(resolve, 20));
    started.deliver("much later", "");
    await started.idle();
    t.is(deaths.length, 1);
    t.is(deaths[0]![0], death);
    t.regex(deaths[0]![1], detail);
    t.false(log.includes("event much later"));
  });

test("a rejection that is handled is no death", async (t) => {
  const { started, deaths } = await machine(`Promise.reject(new Error("x")).catch(() => {})`);
  started.deliver("x", "");
  await started.idle();
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.deepEqual(deaths, []);
});

test("what the board throws is an Error of the device, of the device's own making", async (t) => {
  const { started, log, deaths } = await machine(
    `try { hostCall("bad", "") } catch (error) { hostCall("caught", String(error instanceof Error) + error.message) }`,
    {
      hostCall: (op, json) => {
        if (op === "bad") throw new RangeError("outside");
        log_.push(`${op} ${json}`);
        return { json: "" };
      },
    },
  );
  const log_ = log;
  started.deliver("x", "");
  await started.idle();
  t.deepEqual(log, ["caught trueoutside"]);
  t.deepEqual(deaths, []);
});

test("a power cut inside a call never returns: what the device does then reaches nothing", async (t) => {
  const log: Log = [];
  const { started, deaths } = await machine(
    `try { hostCall("cut", "") } catch {} try { hostCall("survived", "") } catch {}`,
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
});

test("kill from inside a call: no later call, no later event, no death to report", async (t) => {
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
  t.deepEqual(log, ["one "]);
  t.deepEqual(deaths, []);
});

test("a bundle that cannot be evaluated is refused at the start", async (t) => {
  const options = { hostCall: () => ({ json: "" }), onDeath: () => t.fail("never lived") };
  await t.throwsAsync(nodeEngine.start({ ...options, source: "throw new Error('load')" }), {
    message: /cannot be loaded: exception: Error: load/,
  });
  await t.throwsAsync(nodeEngine.start({ ...options, source: "not a script" }));
});

test("a bundle that would import at run time is refused: the answer would be an object of Node's", async (t) => {
  const options = { hostCall: () => ({ json: "" }), onDeath: () => t.fail("never lived") };
  for (const source of ['import("node:fs")', 'const f = () => import /* */ ("x")', "import.meta"])
    await t.throwsAsync(nodeEngine.start({ ...options, source }), {
      message: /imports at run time/,
    });

  // Control: this is how it would climb out.
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
  });
  const climb = 'import("x").catch((e) => typeof e.constructor.constructor("return process")())';
  t.is(await new vm.Script(climb).runInContext(context), "object");
});

test("a bundle without onHostEvent dies of its first event", async (t) => {
  const { started, deaths } = await machine("", { source: "1" });
  started.deliver("boot", "{}");
  await started.idle();
  t.regex(deaths[0]![1], /set no onHostEvent/);
});

test("a busy machine does not starve the desk", async (t) => {
  const { started } = await machine(`hostCall("again", "")`, {
    hostCall: () => {
      started.deliver("x", "");
      return { json: "" };
    },
  });
  started.deliver("x", "");
  await new Promise((resolve) => setTimeout(resolve, 20));
  started.kill();
  await started.idle();
  t.pass("the timer of the desk came through");
});
