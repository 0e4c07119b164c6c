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

  return function work() {
    const due = host.next();
    const receive = globalThis.onHostEvent;
    if (typeof receive !== "function") throw new Failure("the bundle set no onHostEvent");
    if (due.bytes) receive(due.event, due.json, copyIn(due.bytes));
    else receive(due.event, due.json);
  };
});
