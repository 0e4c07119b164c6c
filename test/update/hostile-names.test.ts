/**
 * A hostile mirror may send other names in every file. XS keeps the names of properties; the heap of
 * the verifier must be the same after the hundredth such file as after the first.
 */
import { fileURLToPath } from "node:url";
import test from "ava";
import type { Machine } from "../../host-sim/engine/engine.ts";
import { xsAvailable, xsEngine } from "../../host-sim/engine/xs-engine.ts";
import { bundle } from "../../host-sim/runtime/bundle.ts";

const available = xsAvailable();
const entry = fileURLToPath(new URL("./hostile-names.ts", import.meta.url));

async function start(): Promise<{
  machine: Machine;
  give(event: string, text: string): Promise<string>;
}> {
  let answer: (text: string) => void = () => {};
  const { source } = await bundle(entry);
  const machine = await xsEngine.start({
    source,
    hostCall(_, json) {
      answer(json);
      return { json: "null" };
    },
    onDeath: (death) => answer(death),
  });
  const give = (event: string, text: string) =>
    new Promise<string>((resolve) => {
      answer = resolve;
      machine.deliver(event, "null", Buffer.from(text));
    });
  return { machine, give };
}

function file(round: number): string {
  const names = Array.from({ length: 200 }, (_, at) => [`n${round}-${at}`, at]);
  return JSON.stringify({ signed: Object.fromEntries(names), signatures: [] });
}

if (!available.ok) test.skip(`hostile names on XS: ${available.reason}`, () => {});
else {
  test("new names in every file leave nothing behind", async (t) => {
    const { machine, give } = await start();
    for (let round = 0; round < 40; round++) t.is(await give("verify", file(round)), "opened");
    await machine.idle();
    const { slots, chunks } = await machine.heap();
    t.true(slots + chunks < 8_000, `${slots} + ${chunks} bytes`);
    machine.kill();
  });

  test("new names in every command leave nothing behind: plain, in `set`, or in an order's claims", async (t) => {
    const { machine, give } = await start();
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const header = part({ alg: "EdDSA", typ: "thirteen-command+jwt" });
    const signature = Buffer.alloc(64).toString("base64url");
    for (let round = 0; round < 250; round++) {
      const strange = Object.fromEntries(
        Array.from({ length: 40 }, (_, at) => [`n${round}-${at}`, at]),
      );
      t.is(await give("command", JSON.stringify({ v: 1, ...strange })), "unknown-field");
      t.is(await give("command", JSON.stringify({ v: 1, id: "a", set: strange })), "decoded");
      t.is(await give("command", `${header}.${part(strange)}.${signature}`), "unknown-field");
    }
    await machine.idle();
    const { slots, chunks } = await machine.heap();
    t.true(slots + chunks < 8_000, `${slots} + ${chunks} bytes`);
    machine.kill();
  });

  test("control: a reader that makes properties of them fills the heap", async (t) => {
    const { machine, give } = await start();
    let outcome = "read";
    for (let round = 0; round < 40 && outcome === "read"; round++)
      outcome = await give("parse", file(round));
    t.is(outcome, "memory-full");
    machine.kill();
  });
}
