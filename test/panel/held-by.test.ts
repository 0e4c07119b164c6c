import { readFileSync } from "node:fs";
import test from "ava";
import { heldBy } from "../../host-sim/desk/judge.ts";
import { attacks } from "../../host-sim/scenario/attacks.ts";

/** What is wrong with "file" or "file: case", or undefined. */
function fault(named: string): string | undefined {
  const [, file = "", title = ""] = /^([^:]+)(?:: (.+))?$/.exec(named) ?? [];
  try {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    return text.includes(title) ? undefined : `${file} has no case "${title}"`;
  } catch {
    return `there is no ${file}`;
  }
}

test("every test that a light names is there", (t) => {
  const named = [...Object.values(heldBy), ...attacks.map((attack) => attack.test)];
  t.deepEqual([...new Set(named)].map(fault).filter(Boolean), []);
});

test("control: a test that is not there is noticed", (t) => {
  t.regex(fault("test/nowhere.test.ts") ?? "", /there is no/);
  t.regex(fault("test/page.test.ts: a case that nobody wrote") ?? "", /has no case/);
});
