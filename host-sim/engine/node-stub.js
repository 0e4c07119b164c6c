// Evaluated as a classic script inside each machine's context (see node-engine.ts). It is plain
// JavaScript in its own file because it must run there unchanged, without a transpiler's helpers.
// Objects of the host stay in this closure; what goes on to the device is made here.
(function install(host) {
  // The originals, whatever the firmware does to its globals later.
  const { Error: Failure, ArrayBuffer: Buffer, Uint8Array: Bytes, String: text } = globalThis;
  const { set } = Bytes.prototype;
  const { apply } = Reflect;
  for (const name of ["console", "WebAssembly", "Intl", "SharedArrayBuffer", "Atomics"])
    delete globalThis[name];

  function copyIn(bytes) {
    const buffer = new Buffer(bytes.length);
    apply(set, new Bytes(buffer), [bytes]);
    return buffer;
  }

  // What a compartment's code may name: the language, and nothing that is put beside it.
  const language = new Set(Reflect.ownKeys(globalThis));
  for (const name of ["globalThis", "Function"]) language.delete(name);

  // As XS has it: nobody can change what everybody uses.
  globalThis.lockdown = function lockdown() {
    const { getOwnPropertyDescriptors, getPrototypeOf, freeze } = Object;
    const found = new Set();
    const add = (value) => {
      if ((typeof value === "object" && value !== null) || typeof value === "function")
        found.add(value);
    };
    for (const name of language) add(globalThis[name]);
    add(globalThis.Function);
    const hidden = [
      function* () {},
      async () => {},
      async function* () {},
      [][Symbol.iterator](),
      new Map().keys(),
      new Set().keys(),
      ""[Symbol.iterator](),
      "".matchAll(/x/g),
      new Uint8Array(0),
    ];
    for (const one of hidden) add(getPrototypeOf(one));
    // A set is walked to its end, wherever that will be.
    for (const one of found) {
      add(getPrototypeOf(one));
      const properties = getOwnPropertyDescriptors(one);
      for (const key of Reflect.ownKeys(properties)) {
        const { value, get, set: put } = properties[key];
        add(value);
        add(get);
        add(put);
      }
      if (one !== globalThis) freeze(one);
    }
  };

  // The little of XS's that is used: code of its own, in whose scope nothing but the language is.
  globalThis.Compartment = class Compartment {
    evaluate(source) {
      const others = Reflect.ownKeys(globalThis).filter(
        (name) => typeof name === "string" && !language.has(name),
      );
      let run;
      try {
        run = host.confine(text(source), others.join());
      } catch {
        throw new Failure("not an expression");
      }
      return run();
    }
  };

  globalThis.hostCall = function hostCall(op, json, bytes) {
    let outcome;
    try {
      outcome = host.call(text(op), text(json), bytes);
    } catch {
      // Only a stack that overflows inside the host's own code comes here.
      throw new Failure("host call failed");
    }
    if (outcome.error !== undefined) throw new Failure(outcome.error);
    const reply = { json: outcome.json };
    if (outcome.bytes) reply.bytes = copyIn(outcome.bytes);
    return reply;
  };
  globalThis.onHostEvent = undefined;

  return function work() {
    const due = host.next();
    const receive = globalThis.onHostEvent;
    if (typeof receive !== "function") throw new Failure("the bundle set no onHostEvent");
    if (due.bytes) receive(due.event, due.json, copyIn(due.bytes));
    else receive(due.event, due.json);
  };
});
