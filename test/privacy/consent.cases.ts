import { encodeText } from "../../device/platform/text.ts";
import {
  answered,
  askedNothing,
  type Consents,
  choose,
  permits,
  readConsents,
  setChild,
  writeConsents,
} from "../../device/privacy/consent.ts";
import { purposes } from "../../device/privacy/datum.ts";
import { ownerRecords } from "../../device/privacy/owner-records.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import { NorModel } from "../nor-model.ts";
import type { Case } from "../suite.ts";

const made = { notice: 3, at: 1_800_000_000 };
const yes = { granted: true, ...made };

export const consentCases: Record<string, Case> = {
  "everything optional is off until it is asked for"(check) {
    for (const purpose of purposes) check.ok(!permits(askedNothing, purpose), purpose);
    check.equal(readConsents(undefined), askedNothing);
  },
  "each purpose is chosen alone, and kept with the notice it was chosen under"(check) {
    const owner = ownerRecords(openKeyValue(new NorModel(2)));
    writeConsents(owner, choose(askedNothing, "climate", yes) as Consents);
    const kept = readConsents(owner);
    check.equal(kept.choices, { climate: yes });
    check.equal(
      purposes.filter((purpose) => permits(kept, purpose)),
      ["climate"],
    );
  },
  "withdrawn is as easy as given, and stays on the record until the services have answered"(check) {
    const given = choose(askedNothing, "diagnostics", yes) as Consents;
    const no = { ...yes, granted: false, asked: "1f" };
    const withdrawn = choose(given, "diagnostics", no) as Consents;
    check.ok(!permits(withdrawn, "diagnostics"));
    check.equal(withdrawn.choices.diagnostics?.asked, "1f");
    check.equal(answered(withdrawn, "2e"), withdrawn, "somebody else's answer");
    check.equal(answered(withdrawn, "1f").choices.diagnostics, { granted: false, ...made });
  },
  "a child's device keeps everything optional off, and so does what comes after"(check) {
    const given = choose(askedNothing, "climate", yes) as Consents;
    const child = setChild(given, true, made, () => "1f");
    check.ok(!permits(child, "climate"));
    check.equal(choose(child, "climate", yes), "child-profile");
    check.equal(choose(child, "home-assistant", yes), "child-profile");
    const grown = setChild(child, false, made, () => "2e");
    for (const purpose of purposes) check.ok(!permits(grown, purpose), purpose);
    check.ok(permits(choose(grown, "climate", yes) as Consents, "climate"), "asked anew");
  },
  "a record that cannot be read is no agreement"(check) {
    const owner = ownerRecords(openKeyValue(new NorModel(2)));
    for (const text of [
      "",
      "null",
      '{"child":false}',
      '{"child":false,"choices":{"climate":true}}',
      '{"child":false,"choices":{"climate":{"granted":1,"notice":1,"at":1}}}',
      '{"child":false,"choices":{"climate":{"granted":true}}}',
    ]) {
      owner.write("consent", encodeText(text));
      check.ok(!permits(readConsents(owner), "climate"), text);
    }
  },
};
