/** The room suites, handed to ava. */
import test from "ava";
import { suites } from "./rooms/suites.ts";
import { check, type Suite } from "./suite.ts";

for (const { room, cases } of suites as readonly Suite[])
  for (const [name, run] of Object.entries(cases))
    test(`${room}: ${name}`, (t) => {
      t.notThrows(() => run(check));
    });
