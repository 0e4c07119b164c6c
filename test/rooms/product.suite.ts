import type { Report } from "../../device/privacy/data-map.ts";
import { product } from "../../device/product/product.ts";
import type { Suite } from "../suite.ts";

function bench() {
  const written: (0 | 1)[] = [];
  const published: Report[] = [];
  const timers: (() => void)[] = [];
  const lamp = product.start({
    lamp: { write: (value) => void written.push(value) },
    climate: { sample: () => ({ temperature: 21.437, humidity: 0.4567 }) },
    publish: (report) => void published.push(report),
    every: (_, callback) => void timers.push(callback),
  });
  return { lamp, written, published, timers };
}

export const suites: readonly Suite[] = [
  {
    room: "product",
    cases: {
      "a tap and a command move the lamp and report it at once": (check) => {
        const { lamp, written, published } = bench();
        lamp.tap();
        lamp.apply({ lamp: false });
        check.equal(written, [1, 0]);
        check.equal(
          published.map((report) => report.lamp),
          [false, true, false],
        );
      },
      "the climate is reported in the units of the data map": (check) => {
        const { published, timers } = bench();
        timers[0]?.();
        check.equal(published[1], { lamp: false, temperature: 21.4, humidity: 0.46 });
      },
      "a setting of another shape is refused": (check) => {
        check.equal(product.parse({ lamp: true }), { lamp: true });
        for (const value of [
          { lamp: 1 },
          { lamp: true, x: 1 },
          {},
          [],
          null,
          "on",
          { __proto__: { lamp: true } },
        ])
          check.equal(product.parse(value), undefined, JSON.stringify(value));
      },
    },
  },
];
