import { encodeText } from "../../device/platform/text.ts";
import { crc32 } from "../../device/storage/crc32.ts";
import { type Identity, readIdentity, writeIdentity } from "../../device/storage/identity.ts";
import { type KeyValue, openKeyValue, StorageFull } from "../../device/storage/key-value.ts";
import { NorModel, type Phase, PowerGone } from "../nor-model.ts";
import { prng, randomBytes } from "../prng.ts";
import { areaCases } from "../storage/areas.cases.ts";
import { restartLoopCases } from "../storage/restart-loop.cases.ts";
import type { Suite } from "../suite.ts";

const phases: readonly Phase[] = ["before", "during", "after"];

type Step = (store: KeyValue) => void;

/** A script long enough to fill a small bank several times over, so that it compacts. */
function script(
  seed: number,
  length: number,
): [string, Step, (model: Map<string, Uint8Array>) => void][] {
  const random = prng(seed);
  return Array.from({ length }, () => {
    const key = `k${Math.floor(random() * 5)}`;
    const value = randomBytes(random, Math.floor(random() * 90));
    const choice = random();
    if (choice < 0.75)
      return [key, (store) => store.write(key, value), (model) => void model.set(key, value)];
    if (choice < 0.9) return [key, (store) => store.delete(key), (model) => void model.delete(key)];
    return [key, (store) => store.purge(key), (model) => void model.delete(key)];
  });
}

const contents = (store: KeyValue) =>
  Object.fromEntries(
    store
      .keys()
      .sort()
      .map((key) => [key, store.read(key)]),
  );
const ordered = (model: Map<string, Uint8Array>) => Object.fromEntries([...model].sort());

function contains(haystack: Uint8Array, needle: Uint8Array): boolean {
  outer: for (let at = 0; at + needle.length <= haystack.length; at++) {
    for (let index = 0; index < needle.length; index++)
      if (haystack[at + index] !== needle[index]) continue outer;
    return true;
  }
  return false;
}

/** Cuts power at every operation and phase of the script; returns how often the store was wrong. */
function sweep(
  open: (flash: NorModel) => KeyValue,
  seed: number,
  length: number,
): { points: number; violations: number } {
  const steps = script(seed, length);
  const dry = new NorModel(2, 512);
  const dryStore = open(dry);
  for (const [, step] of steps) step(dryStore);
  let violations = 0;
  for (let operation = 1; operation <= dry.operations; operation++)
    for (const phase of phases) {
      const flash = new NorModel(2, 512);
      flash.cut = { operation, phase, random: prng(operation) };
      const before = new Map<string, Uint8Array>();
      let after = before;
      try {
        const store = open(flash);
        for (const [, step, expect] of steps) {
          after = new Map(before);
          expect(after);
          step(store);
          expect(before);
        }
      } catch (error) {
        if (!(error instanceof PowerGone)) throw error;
      }
      flash.restore();
      const found = JSON.stringify(contents(open(flash)));
      const again = JSON.stringify(contents(open(flash)));
      const good = [before, after].map((model) => JSON.stringify(ordered(model)));
      if (!good.includes(found) || again !== found) violations++;
    }
  return { points: dry.operations * phases.length, violations };
}

const identity: Identity = {
  serial: "T13-0000",
  id: "0123456789abcdefghjkmnpqrs",
  verifier: { w0: new Uint8Array(32).fill(1), L: new Uint8Array(65).fill(2) },
  certificate: [new Uint8Array(500).fill(3)],
  privateKey: new Uint8Array(138).fill(4),
  anchors: [new Uint8Array(400).fill(5), new Uint8Array(401).fill(6)],
};

const storage: Suite = {
  room: "storage",
  cases: {
    "a value is there after a restart, and the newest one": (check) => {
      const flash = new NorModel(2);
      const store = openKeyValue(flash);
      store.write("wifi", encodeText("one"));
      store.write("wifi", encodeText("two"));
      store.write("empty", new Uint8Array(0));
      store.delete("absent");
      const again = openKeyValue(flash);
      check.equal(again.read("wifi"), encodeText("two"));
      check.equal(again.read("empty"), new Uint8Array(0));
      check.equal(again.read("absent"), undefined);
      check.equal(again.keys().sort(), ["empty", "wifi"]);
    },
    "power is cut before, during and after every flash operation: every value is old or new, never lost":
      (check) => {
        const { points, violations } = sweep((flash) => openKeyValue(flash), 7, 60);
        check.ok(points > 200, "cut points");
        check.equal(violations, 0);
      },
    "negative control: a store that erases before it has copied loses values in the same sweep": (
      check,
    ) => {
      const careless = (flash: NorModel): KeyValue => {
        const inner = openKeyValue(flash);
        return {
          ...inner,
          read: (key) => inner.read(key),
          keys: () => inner.keys(),
          delete: (key) => inner.delete(key),
          purge: (key) => inner.purge(key),
          write: (key, value) => {
            const kept = inner.keys().map((name) => [name, inner.read(name)] as const);
            flash.eraseBlock(0, 2);
            const fresh = openKeyValue(flash);
            for (const [name, bytes] of kept) if (name !== key && bytes) fresh.write(name, bytes);
            fresh.write(key, value);
          },
        };
      };
      check.ok(sweep(careless, 7, 8).violations > 0, "violations");
    },
    "what is purged is in no cell of the partition; what is only deleted still is": (check) => {
      const secret = encodeText("correct horse battery staple");
      const flash = new NorModel(6);
      const store = openKeyValue(flash);
      store.write("keep", encodeText("kept"));
      store.write("wifi", secret);
      store.delete("wifi");
      check.ok(contains(flash.bytes, secret), "deleted bytes are still in the flash (control)");
      store.purge("wifi");
      check.ok(!contains(flash.bytes, secret), "purged bytes are gone");
      check.equal(store.read("keep"), encodeText("kept"));
    },
    "a partition full of rubbish is formatted, not believed": (check) => {
      const flash = new NorModel(2, 512);
      flash.bytes.set(randomBytes(prng(3), flash.bytes.length));
      const store = openKeyValue(flash);
      check.equal(store.keys(), []);
      store.write("a", encodeText("b"));
      check.equal(openKeyValue(flash).read("a"), encodeText("b"));
    },
    "a flipped bit costs its own record at most": (check) => {
      for (let bit = 0; bit < 40 * 8; bit += 3) {
        const flash = new NorModel(2, 512);
        const store = openKeyValue(flash);
        store.write("a", new Uint8Array(16).fill(1));
        store.write("b", new Uint8Array(16).fill(2));
        const at = 16 + Math.floor(bit / 8);
        flash.bytes[at] = (flash.bytes[at] as number) ^ (1 << (bit & 7));
        const value = openKeyValue(flash).read("a");
        check.ok(value === undefined || value.every((byte) => byte === 1), `bit ${bit}`);
      }
    },
    "a bit that fell where nothing was written yet costs nothing": (check) => {
      const flash = new NorModel(2, 512);
      const store = openKeyValue(flash);
      store.write("a", encodeText("kept"));
      for (let at = 60; at < 512; at += 50) {
        flash.bytes[at] = 0xfe;
        const reopened = openKeyValue(flash);
        reopened.write("b", Uint8Array.of(at & 0xff));
        check.equal(openKeyValue(flash).read("b"), Uint8Array.of(at & 0xff), `byte ${at}`);
        check.equal(openKeyValue(flash).read("a"), encodeText("kept"));
      }
    },
    "read only, it never writes: not to format, not to tidy up": (check) => {
      const blank = new NorModel(2, 512);
      check.equal(openKeyValue(blank, "r").keys(), []);
      check.equal(blank.operations, 0);
    },
    "a store without room wears each block every other write, and no faster": (check) => {
      const flash = new NorModel(2, 512);
      const erased = [0, 0];
      const eraseBlock = flash.eraseBlock.bind(flash);
      flash.eraseBlock = (start, end = start + 1) => {
        for (let block = start; block < end; block++) erased[block] = (erased[block] ?? 0) + 1;
        eraseBlock(start, end);
      };
      const store = openKeyValue(flash);
      store.write("a", new Uint8Array(400));
      erased.fill(0);
      for (let count = 0; count < 20; count++) store.write("a", new Uint8Array(400));
      // The first compaction of a life erases what it does not know to be blank.
      check.ok(Math.max(...erased) <= 11, `${erased} erases in 20 writes`);
    },
    "a budget that is wrong is a throw, and nothing is lost": (check) => {
      const store = openKeyValue(new NorModel(2, 512));
      store.write("a", new Uint8Array(300));
      let full = false;
      try {
        store.write("b", new Uint8Array(300));
      } catch (error) {
        full = error instanceof StorageFull;
      }
      check.ok(full, "StorageFull");
      check.equal(store.read("a")?.length, 300);
    },
    "the checksum is the one of IEEE 802.3": (check) => {
      check.equal(crc32(encodeText("123456789")), 0xcbf43926);
      check.equal(crc32(encodeText("6789"), crc32(encodeText("12345"))), 0xcbf43926);
    },
    "an identity reads back; a missing or damaged one is a reason": (check) => {
      const flash = new NorModel(4);
      check.equal(readIdentity(openKeyValue(flash)), { reason: "missing" });
      writeIdentity(openKeyValue(flash), identity);
      check.equal(readIdentity(openKeyValue(flash, "r")), identity);
      const store = openKeyValue(flash);
      store.write("verifier", new Uint8Array(96));
      check.equal(readIdentity(store), { reason: "damaged" });
    },
  },
};

export const suites: Suite[] = [
  storage,
  { room: "storage/areas", cases: areaCases },
  { room: "storage/restart-loop", cases: restartLoopCases },
];
