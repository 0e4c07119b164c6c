/**
 * The thirteen guidelines of the UK Code of Practice for Consumer IoT Security, which are also the
 * sections 5.1 to 5.13 of ETSI EN 303 645, in the words the page uses for them.
 */

/** Number of a guideline, 1 to 13: guideline n is section 5.n of EN 303 645. */
export type GuidelineNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13;

export interface Guideline {
  readonly guideline: GuidelineNumber;
  /** Two or three words, engraved under the light. */
  readonly title: string;
  /** What the device promises, one sentence for someone who has never heard of the Code. */
  readonly promise: string;
}

export const guidelines: readonly Guideline[] = [
  {
    guideline: 1,
    title: "No default passwords",
    promise:
      "Every unit has a random password of its own, on its label, and guessing it gets slower with each try.",
  },
  {
    guideline: 2,
    title: "Vulnerability disclosure",
    promise: "The device says whom to tell about a weakness, and until when it is looked after.",
  },
  {
    guideline: 3,
    title: "Updates",
    promise:
      "New software arrives signed and in time, and a failed update never leaves the device dead.",
  },
  {
    guideline: 4,
    title: "Secure storage",
    promise:
      "Keys and credentials are kept apart, and the flash memory never holds the label's password.",
  },
  {
    guideline: 5,
    title: "Secure communication",
    promise:
      "Everything that leaves the device is encrypted, and it talks only to a server it can verify.",
  },
  {
    guideline: 6,
    title: "Small attack surface",
    promise: "Once it is set up nothing on the device listens: no open port, no hidden way in.",
  },
  {
    guideline: 7,
    title: "Software integrity",
    promise:
      "Only the maker's software runs, and the device notices when it has been tampered with.",
  },
  {
    guideline: 8,
    title: "Personal data",
    promise:
      "It sends only data on its declared list, protected on the way, and optional data only with consent.",
  },
  {
    guideline: 9,
    title: "Resilience to outages",
    promise:
      "Without power or network it recovers by itself, in an orderly way, and loses nothing it promised to keep.",
  },
  {
    guideline: 10,
    title: "Telemetry watched",
    promise: "Security events are recorded and examined, so that an attack is noticed.",
  },
  {
    guideline: 11,
    title: "Easy deletion",
    promise: "The owner can erase everything personal in one step, and gets proof that it is gone.",
  },
  {
    guideline: 12,
    title: "Easy set-up",
    promise:
      "Setting it up safely takes a label, a button and a minute, with no choice to get wrong.",
  },
  {
    guideline: 13,
    title: "Validated input",
    promise:
      "Whatever arrives is measured and checked before it is used, and refused with a reason.",
  },
];
