/** The room suites on Node. */
import test from "ava";
import { rooms } from "./rooms/suites.ts";
import { check } from "./suite.ts";

for (const { room, cases } of Object.values(rooms).flat())
  for (const [name, run] of Object.entries(cases))
    test(`${room}: ${name}`, (t) => {
      t.notThrows(() => run(check));
    });
