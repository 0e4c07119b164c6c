/** When a new image is kept, on every engine. */
import { deadlineMs, type Health, judgeHealth, soakMs } from "../../device/update/self-check.ts";
import type { Case } from "../suite.ts";

const well: Health = { storage: true, identity: true, link: "authenticated", product: true };

export const cases: Readonly<Record<string, Case>> = {
  "image confirmed too early: not one second before it has run for a while": (check) => {
    check.equal(judgeHealth(well, 0), "watch");
    check.equal(judgeHealth(well, soakMs - 1), "watch");
    check.equal(judgeHealth(well, soakMs), "confirm");
  },

  "without its storage or its identity it goes back at once": (check) => {
    check.equal(judgeHealth({ ...well, storage: false }, 0), "storage");
    check.equal(judgeHealth({ ...well, identity: false }, deadlineMs), "identity");
  },

  "an owned unit that does not reach its broker goes back at the deadline": (check) => {
    const alone: Health = { ...well, link: "waiting" };
    check.equal(judgeHealth(alone, deadlineMs - 1), "watch");
    check.equal(judgeHealth(alone, deadlineMs), "link");
    check.equal(judgeHealth({ ...alone, link: "not-needed" }, soakMs), "confirm");
  },

  "a product that recovers before the deadline is kept, one that does not is not": (check) => {
    check.equal(judgeHealth({ ...well, product: false }, soakMs), "watch");
    check.equal(judgeHealth(well, soakMs + 60_000), "confirm");
    check.equal(judgeHealth({ ...well, product: false }, deadlineMs), "product");
  },

  "a router that comes back late: kept after the deadline, if it is in time for the last look": (
    check,
  ) => {
    check.equal(judgeHealth(well, deadlineMs + 1), "confirm");
  },
};
