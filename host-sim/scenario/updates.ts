/**
 * Attacks on updates (guideline 3): somebody holds the repository, or stands between it and the unit,
 * or has stolen some of its keys. Each is put back afterwards as if it had never been.
 */
import type { Release } from "../../provisioning/release/catalogue.ts";
import { roleOf } from "../../provisioning/release/catalogue.ts";
import { sha256Hex } from "../../provisioning/release/metadata.ts";
import type { Desk } from "../desk/desk.ts";
import {
  attacks as onRepository,
  type ReleaseRepository,
} from "../update-server/release-repository.ts";
import { type Answer, type Attack, NotNow, nextTrace } from "./scenario.ts";

/** What the unit may make of a look at the repository. */
const verdicts = ["refused", "failed", "looked", "installing"];
const verdictMs = 60_000;

/** The unit looks at the repository now: what it says of it, the reason, or "taken". */
export async function lookAtUpdates(desk: Desk): Promise<string> {
  if (desk.unit.connections().length === 0)
    throw new NotNow("The device is not connected. Set it up first, or put the cable back.");
  const verdict = nextTrace(desk, "update", verdicts, verdictMs);
  await desk.owner.wishForUpdate(desk.papers.id, "look", "check");
  const { event, reason } = await verdict;
  return event === "refused" || event === "failed" ? reason : "taken";
}

/** Spoils the repository, has the unit look at it, and mends it. */
async function tempt(
  desk: Desk,
  spoil: (desk: Desk) => void | Promise<void>,
  wanted: string,
): Promise<Answer> {
  const { repository, server } = desk.updates;
  // For nobody: so that there is a role of this board to come back to.
  if (repository.releases.length === 0) await desk.updates.publish({ percent: 0 });
  const restore = repository.remember();
  try {
    await spoil(desk);
    const reason = await lookAtUpdates(desk);
    const saw =
      reason === "taken"
        ? "The device took what the attacker offered."
        : `The device refused it (${reason}), goes on with the firmware it has, and tells its owner.`;
    return { held: reason === wanted, saw, reason };
  } finally {
    server.manner = "good";
    server.badFor = () => true;
    restore();
    // Past every version that the unit may have come to trust meanwhile: no attack makes so many.
    for (let times = 0; times < 8; times++) repository.sign(newest(repository));
  }
}

let published = 10_000;

/** A release that no unit has seen is on offer, to `percent` of the fleet. */
async function publish({ updates }: Desk, percent = 100): Promise<void> {
  published++;
  await updates.publish({ counter: published, percent });
}

const newest = (repository: ReleaseRepository): Release => {
  const release = repository.releases.at(-1);
  if (!release) throw new Error("nothing is on offer");
  return release;
};

/** A genuine release of another board, under this board's name, by somebody with the online keys. */
function relabel(repository: ReleaseRepository): void {
  const role = roleOf(newest(repository));
  const facts = (name: string) => {
    const bytes = repository.files.get(repository.fileOf(name)) as Uint8Array;
    return { length: bytes.length, hashes: { sha256: sha256Hex(bytes) } };
  };
  repository.forge(role, (signed) => {
    for (const { custom } of Object.values(signed.targets as Record<string, { custom?: object }>))
      if (custom) Object.assign(custom, { board: "esp32c3" });
  });
  repository.forge("snapshot", ({ meta }) =>
    Object.assign((meta as Record<string, object>)[`${role}.json`] as object, facts(role)),
  );
  repository.forge("timestamp", (signed) => {
    signed.version = Number(signed.version) + 1;
    const meta = signed.meta as Record<string, object>;
    Object.assign(meta["snapshot.json"] as object, facts("snapshot"));
  });
}

/** What the unit trusted yesterday, kept by the attacker and given to it again today. */
async function replay(desk: Desk): Promise<void> {
  const { repository } = desk.updates;
  // For nobody: a genuine release would be installed, at once in the owner's quiet hours.
  await publish(desk, 0);
  const yesterday = repository.record();
  repository.sign(newest(repository));
  // The unit has seen today.
  await lookAtUpdates(desk);
  repository.replace(yesterday);
}

const attack = (
  name: string,
  title: string,
  explain: string,
  wanted: string,
  spoil: (desk: Desk) => void | Promise<void>,
): Attack => ({
  name,
  guideline: 3,
  title,
  explain,
  test: "test/attacks.test.ts",
  needs: "owner",
  run: (desk) => tempt(desk, spoil, wanted),
});

const boardRole = "T13-LAMP-1.desk";

export const updateAttacks: readonly Attack[] = [
  attack(
    "update-old-release",
    "Offer an old release again",
    "The attacker kept the repository of another day, every signature genuine, and serves it today.",
    "timestamp: rollback",
    replay,
  ),
  attack(
    "update-wrong-key",
    "Sign with another key",
    "The attacker signs the repository's newest word with a key of their own.",
    "timestamp: threshold-not-met",
    ({ updates }) => onRepository["timestamp by a wrong key"](updates.repository),
  ),
  attack(
    "update-one-signature-short",
    "Change the keys with one signature too few",
    "The attacker stole one of the offline root keys and makes a new root with it; two are needed.",
    "root: threshold-not-met",
    ({ updates }) => onRepository["root one signature short"](updates.repository),
  ),
  attack(
    "update-frozen",
    "Freeze the repository",
    "The attacker keeps every later release away by serving metadata that nobody renewed.",
    "timestamp: expired",
    ({ updates }) => onRepository["expired timestamp"](updates.repository),
  ),
  attack(
    "update-mixed",
    "Mix metadata of two days",
    "The list of releases of one day beside the snapshot of another, all of it once signed.",
    `${boardRole}: wrong-hash`,
    async (desk) => {
      await publish(desk);
      onRepository["mixed metadata"](desk.updates.repository);
    },
  ),
  attack(
    "update-swapped-image",
    "Swap the image",
    "Metadata is genuine; the image is as long as it should be, and another one.",
    "image: wrong-digest",
    async (desk) => {
      await publish(desk);
      onRepository["swapped image"](desk.updates.repository);
    },
  ),
  attack(
    "update-truncated",
    "Cut the image short",
    "Half of the image, and a web host that says this is all there is.",
    "image: wrong-length",
    async (desk) => {
      await publish(desk);
      onRepository["truncated image"](desk.updates.repository);
    },
  ),
  attack(
    "update-huge",
    "Send huge metadata",
    "A hundred kilobytes where two are expected, to use up the device's memory.",
    "timestamp: too-large",
    ({ updates }) => onRepository["huge metadata"](updates.repository),
  ),
  attack(
    "update-endless",
    "Never stop sending",
    "The web host answers a small question with data without end.",
    "timestamp: too-large",
    ({ updates: { server } }) => {
      server.manner = "endless";
      server.badFor = (path) => path.endsWith("timestamp.json");
    },
  ),
  attack(
    "update-wrong-board",
    "Offer another board's firmware",
    "The online keys are stolen, and a genuine image of another board is offered as this one's.",
    "wrong-board",
    async (desk) => {
      await publish(desk);
      relabel(desk.updates.repository);
    },
  ),
];
