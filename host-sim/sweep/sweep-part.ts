/** One part of a sweep in a process of its own: the plan as JSON in, the figures as JSON out. */
import { sweepOn } from "./sweep-on.ts";

const [, , plan = ""] = process.argv;
const { parts } = await sweepOn({ ...JSON.parse(plan), onPart: () => {} });
console.log(JSON.stringify(parts[0]));
