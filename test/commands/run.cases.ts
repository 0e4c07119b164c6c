import { runCommand } from "../../device/commands/run.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { ownerPublicKey } from "../../host-sim/owner/jws-signer.ts";
import { crypto } from "../crypto.ts";
import { NorModel } from "../nor-model.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Case } from "../suite.ts";
import { bytesOf, claims, lampSet, now, privateKey, signed, unitId, wipe } from "./owner.ts";

/** A unit's flash through its lives; the floor lies in `system`, which a wipe leaves alone. */
class Unit {
  readonly flash = new NorModel(4, 512);
  key = privateKey;

  obey(command: string | Uint8Array, system = openKeyValue(this.flash)): string {
    const outcome = runCommand(bytesOf(command), {
      unitId,
      ownerKey: ownerPublicKey(this.key),
      system,
      now,
      crypto,
      schema: lampSet,
    });
    return outcome.effect === "refused" ? outcome.reason : outcome.effect;
  }
}

const nextOwner = randomBytes(prng(32), 32);

export const cases: Record<string, Case> = {
  "an order runs once, also after a restart; ordinary commands are not counted"(check) {
    const unit = new Unit();
    const lamp = '{"v":1,"id":"1","set":{"lamp":true}}';
    check.equal(unit.obey(lamp), "set");
    check.equal(
      unit.flash.bytes.filter((byte) => byte !== 0xff).length,
      12,
      "no more than a header",
    );
    check.equal(unit.obey(signed()), "privileged", "the first time");
    check.equal(unit.obey(signed()), "replayed", "the second time");
    check.equal(unit.obey(signed({ ctr: claims.ctr - 1 })), "replayed", "an older one");
    check.equal(unit.obey(signed({ ctr: claims.ctr + 1 })), "privileged", "the next one");
    check.equal(unit.obey(lamp), "set", "and again");
  },

  "a wipe played back after the owner has claimed the unit again is refused"(check) {
    const unit = new Unit();
    const order = signed();
    check.equal(unit.obey(order), "privileged", "the wipe she ordered");
    check.equal(unit.obey(order), "replayed", "played back to her next claim");
    // Control: a floor that goes with the owner's area lets it through.
    check.equal(unit.obey(order, openKeyValue(new NorModel(4, 512))), "privileged", "forgotten");
  },

  "an owner who counted to the end locks out nobody but herself"(check) {
    const unit = new Unit();
    check.equal(unit.obey(signed({ ctr: Number.MAX_SAFE_INTEGER })), "privileged", "to the end");
    unit.key = nextOwner;
    check.equal(unit.obey(signed({ ctr: 1 }, wipe, nextOwner)), "privileged", "the next owner");
    check.equal(unit.obey(signed({ ctr: 1 }, wipe, nextOwner)), "replayed", "counted like any");
  },

  "a forged order moves no floor"(check) {
    const unit = new Unit();
    const forged = signed({ ctr: Number.MAX_SAFE_INTEGER }, wipe, nextOwner);
    check.equal(unit.obey(forged), "wrong-signature");
    check.equal(unit.obey(signed()), "privileged", "the owner's own is still the first");
  },
};
