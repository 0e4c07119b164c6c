/**
 * Updates under attack, as data: which mutants are the negative controls of each provision 5.3-1 to
 * 5.3-16 and of each attack on updates in the page's menu. A mutant names its guard and the test that
 * must go red without it, so a mutant is the whole row: attack, guard, test. `update-attacks.test.ts`
 * holds it complete; `npm run mutants -- --only update` and its like try it.
 */

/** Mutants by what they show, each as `<area>/<id>`. */
export type Controls = Readonly<Record<string, readonly string[]>>;

/** By provision. Of 5.3-14 and 5.3-15, which do not apply, the control is of the reason given. */
export const byProvision: Controls = {
  "5.3-1": ["evidence/a-component-that-nobody-updates"],
  "5.3-2": ["foundation/update-without-a-signature", "foundation/update-to-an-older-version"],
  "5.3-3": ["foundation/owner-who-says-now-waits"],
  "5.3-4": ["foundation/restart-at-any-hour"],
  "5.3-5": ["evidence/looks-once-and-never-again"],
  "5.3-6": ["update/quiet-hours-that-never-come", "foundation/owner-who-says-now-waits"],
  "5.3-7": ["update/any-ed25519-signature-is-genuine", "update/any-signature-on-p-256-is-genuine"],
  "5.3-8": ["update/a-frozen-repository-is-fresh", "update/asks-one-mirror-for-ever"],
  "5.3-9": ["update/a-swapped-image-is-whole", "update/lists-of-two-days-mix"],
  "5.3-10": ["foundation/update-without-a-signature", "update/one-stolen-root-key-makes-a-root"],
  "5.3-11": ["foundation/update-that-does-not-say-why"],
  "5.3-12": [
    "foundation/restart-with-the-lamp-on",
    "update/restarts-though-the-lamp-was-lit-meanwhile",
  ],
  "5.3-13": ["foundation/support-that-never-ends", "evidence/a-published-date-is-shortened"],
  "5.3-14": ["evidence/a-recommendation-left-out-without-a-reason"],
  "5.3-15": ["evidence/a-copied-reason"],
  "5.3-16": ["evidence/another-model-on-the-label", "update/another-boards-firmware-is-taken"],
};

/** By attack of the menu (`host-sim/scenario/updates.ts`). */
export const byAttack: Controls = {
  "update-old-release": ["update/yesterdays-repository-is-todays"],
  "update-wrong-key": ["foundation/update-without-a-signature"],
  "update-one-signature-short": ["update/one-stolen-root-key-makes-a-root"],
  "update-frozen": ["update/a-frozen-repository-is-fresh"],
  "update-mixed": ["update/lists-of-two-days-mix"],
  "update-swapped-image": ["update/a-swapped-image-is-whole"],
  "update-truncated": ["update/a-web-host-says-how-long-an-image-is"],
  "update-huge": ["update/huge-metadata-is-read", "update/data-without-end-is-read"],
  "update-endless": ["update/data-without-end-is-read"],
  "update-wrong-board": ["update/another-boards-firmware-is-taken"],
};

/** What is wrong with the controls: a row that is missing, empty, one too many, or of no mutant. */
export function faults(
  controls: Controls,
  rows: readonly string[],
  mutants: readonly string[],
): string[] {
  return [
    ...rows.filter((row) => !controls[row]?.length).map((row) => `${row}: no mutant`),
    ...Object.keys(controls)
      .filter((row) => !rows.includes(row))
      .map((row) => `${row}: no such row`),
    ...Object.entries(controls).flatMap(([row, ids]) =>
      ids.filter((id) => !mutants.includes(id)).map((id) => `${row}: no mutant ${id}`),
    ),
  ];
}
