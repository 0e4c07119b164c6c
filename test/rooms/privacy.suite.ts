import { dataMap, declared, type Report } from "../../device/privacy/data-map.ts";
import type { Suite } from "../suite.ts";

export const suites: readonly Suite[] = [
  {
    room: "privacy",
    cases: {
      "what the data map does not hold does not leave, by name or by type": (check) => {
        const smuggled = { lamp: true, password: "x", toString: "y", temperature: "hot" };
        check.equal(declared(smuggled as unknown as Report), { lamp: true });
      },
      "every datum has a purpose": (check) => {
        for (const [name, datum] of Object.entries(dataMap))
          check.ok(datum.purpose.length > 10, name);
      },
    },
  },
];
