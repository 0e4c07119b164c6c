import { encodeText } from "../../device/platform/text.ts";
import { openAreas } from "../../device/storage/areas.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { sealed } from "../../device/storage/sealed.ts";
import { crypto } from "../crypto.ts";
import { FakePlatform } from "../fake-platform.ts";
import { NorModel, type Phase, PowerGone } from "../nor-model.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Case } from "../suite.ts";

const canary = encodeText("canary canary canary");
const random = prng(4);
const entropy = (length: number) => randomBytes(random, length);

function contains(haystack: Uint8Array, needle: Uint8Array): boolean {
  return haystack.some((_, at) => needle.every((byte, index) => haystack[at + index] === byte));
}

export const areaCases: Readonly<Record<string, Case>> = {
  "a sealed value reads back under its own name and key only"(check) {
    const store = openKeyValue(new NorModel(2));
    const key = entropy(32);
    const area = sealed(store, key, crypto, entropy);
    area.write("wifi", canary);
    check.equal(area.read("wifi"), canary);
    check.equal(sealed(store, entropy(32), crypto, entropy).read("wifi"), undefined, "other key");
    store.write("other", store.read("wifi") as Uint8Array);
    check.equal(area.read("other"), undefined, "other name");
    const torn = (store.read("wifi") as Uint8Array).slice();
    torn[20] = (torn[20] as number) ^ 1;
    store.write("wifi", torn);
    check.equal(area.read("wifi"), undefined, "changed");
    store.write("wifi", new Uint8Array(5));
    check.equal(area.read("wifi"), undefined, "too short");
    area.write("wifi", canary);
    check.equal(area.keys().sort(), ["other", "wifi"]);
    area.delete("other");
    area.purge("wifi");
    check.equal(area.keys(), []);
  },
  "the same value is sealed differently each time"(check) {
    const store = openKeyValue(new NorModel(2));
    const area = sealed(store, entropy(32), crypto, entropy);
    area.write("a", canary);
    const first = store.read("a");
    area.write("a", canary);
    check.ok(!contains(store.read("a") as Uint8Array, first as Uint8Array));
  },
  "a new unit has no owner and a blank owner's area"(check) {
    const fake = new FakePlatform();
    check.equal(openAreas(fake.platform).owner(), undefined);
    check.equal(fake.flash.owner.operations, 0);
  },
  "the owner's values survive a restart and are not in the flash in clear"(check) {
    const fake = new FakePlatform();
    openAreas(fake.platform).beginOwner().write("claim", canary);
    check.equal(openAreas(fake.platform).owner()?.read("claim"), canary);
    check.ok(!contains(fake.flash.owner.bytes, canary), "sealed");
  },
  "a mark that finds no room costs nobody anything, and is made when there is some"(check) {
    const fake = new FakePlatform();
    openAreas(fake.platform).beginOwner().write("claim", canary);
    const { system } = openAreas(fake.platform);
    for (const size of [1_000, 100, 1])
      try {
        for (let filler = 0; filler < 1_000; filler++)
          system.write(`${size}/${filler}`, new Uint8Array(size));
      } catch {}
    const full = openAreas(fake.platform);
    full.markClaimed();
    check.equal(full.wasClaimed(), false);
    full.system.delete("1000/0");
    const again = openAreas(fake.platform);
    again.markClaimed();
    check.equal(again.wasClaimed(), true);
  },
  "after the end of an owner the area is blank and the key is in no cell"(check) {
    const fake = new FakePlatform();
    const areas = openAreas(fake.platform);
    areas.system.write("keep", canary);
    areas.beginOwner().write("claim", canary);
    const key = areas.system.read("owner-key") as Uint8Array;
    check.ok(contains(fake.flash.system.bytes, key), "the key was there (control)");
    areas.endOwner();
    check.equal(areas.owner(), undefined);
    check.ok(
      fake.flash.owner.bytes.every((byte) => byte === 0xff),
      "blank",
    );
    check.ok(!contains(fake.flash.system.bytes, key), "the key is gone");
    check.equal(areas.system.read("keep"), canary, "the system's life goes on");
  },
  "a cut at any point of that end leaves an owner or none, and is finished at the next start"(
    check,
  ) {
    let points = 0;
    for (let operation = 1; ; operation++) {
      let reached = false;
      for (const phase of ["before", "during", "after"] as const satisfies readonly Phase[])
        for (const area of ["system", "owner"] as const) {
          const fake = new FakePlatform();
          const areas = openAreas(fake.platform);
          areas.beginOwner().write("claim", canary);
          const flash = fake.flash[area];
          flash.operations = 0;
          flash.cut = { operation, phase, random: prng(operation) };
          try {
            areas.endOwner();
          } catch (error) {
            if (!(error instanceof PowerGone)) throw error;
            reached = true;
            points++;
          }
          flash.restore();
          const owner = openAreas(fake.platform).owner();
          if (owner) check.equal(owner.read("claim"), canary, "whole");
          else
            check.ok(
              fake.flash.owner.bytes.every((byte) => byte === 0xff),
              "blank",
            );
        }
      if (!reached) break;
    }
    check.ok(points > 10, `${points} cut points`);
  },
};
