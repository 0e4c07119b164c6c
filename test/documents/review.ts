/** Writes down that a person has read the privacy notice and the DPIA screening since the map changed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mapDigest, type Review } from "../../provisioning/documents/privacy.ts";
import { Fault } from "../../provisioning/fault.ts";
import { projectRoot } from "../conformance/shadow.ts";

const file = join(projectRoot, "docs/privacy/review.json");
const notice = join(projectRoot, "device/privacy/notice.ts");

/** @throws Fault for what is no day. The version is raised only when the map has changed. */
export function recordReview(day: string): void {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day)))
    throw new Fault(`--reviewed ${day}: a day is written YYYY-MM-DD`);
  const before = JSON.parse(readFileSync(file, "utf8")) as Review;
  const map = mapDigest();
  const version = before.map === map ? before.notice : before.notice + 1;
  const review: Review = { notice: version, reviewed: day, map };
  writeFileSync(file, `${JSON.stringify(review, null, 2)}\n`);
  const source = readFileSync(notice, "utf8");
  writeFileSync(notice, source.replace(/noticeVersion = \d+/, `noticeVersion = ${version}`));
}
