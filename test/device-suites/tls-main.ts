/** The root of the TLS battery on the SDK's engine: a line names a meeting, another says what came of it. */
import Timer from "timer";
import { openLine } from "./line-linux.ts";
import { meet } from "./tls-peer.ts";

const lookEveryMs = 5;

const line = openLine();
const say = (fields: object) => line.say(`${JSON.stringify(fields)}\n`);

say({ message: "boot" });
let busy = false;
Timer.repeat(() => {
  const heard = busy ? undefined : line.hear();
  if (heard === undefined || !heard.startsWith("{")) return;
  busy = true;
  meet(JSON.parse(heard), Date.now, (met) => {
    busy = false;
    say({ message: "met", ...met });
  });
}, lookEveryMs);
