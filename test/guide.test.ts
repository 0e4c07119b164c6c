/**
 * The guide to set-up is run: each of its steps and checks is done at a desk, and one that this test does
 * not know is a failure, as is a decision or a reason without its words (EN 303 645 5.12-1 to 5.12-3).
 */
import { readFileSync } from "node:fs";
import test from "ava";
import { adviceFor } from "../host-sim/desk/advice.ts";
import { type Desk, home, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { WishRefused } from "../host-sim/owner/owner-app.ts";
import { copyOf, deskWith, heard, hold, sabotaged, TimeLapse, tapMs } from "./desk-fixture.ts";

const guide = readFileSync(new URL("../docs/set-up.md", import.meta.url), "utf8");

const section = (title: string) => guide.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
const steps = [...section("Set up").matchAll(/^\d+\. \*\*([^*]+)\*\*/gm)].map(([, name]) => name!);
/** First column of a table, in code. */
const ids = (title: string) =>
  [...section(title).matchAll(/^\| `([^`]+)` \|/gm)].map(([, id]) => id!);

/** EN 303 645 5.12-1 asks for few; two is what is left when everything else has a safe default. */
const mostDecisions = 2;

const clock = new TimeLapse();
let desk: Desk;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

/** What the person of the guide has in hand. */
interface Hands {
  readonly at: Desk;
  password?: string;
  wifi?: { readonly ssid: string; readonly password: string };
  states: Record<string, unknown>[];
}

const doing: Readonly<Record<string, (hands: Hands) => Promise<void>>> = {
  async "Plug it in."({ at }) {
    await at.unit.plug();
  },
  async "Press the button."({ at }) {
    await hold(at, tapMs);
    await clock.until(() => at.unit.listening().length > 0, "the set-up window opens");
  },
  async "Scan the label"(hands) {
    hands.password = hands.at.papers.password;
  },
  async "Choose your Wi-Fi"(hands) {
    hands.wifi = { ...home };
  },
  async "Set up."({ at, password, wifi }) {
    const online = heard(at, "connected");
    await at.setUp({ password: password!, wifi: wifi! });
    await clock.until(online, "the unit is on its broker");
    await at.connectOwner();
  },
  // The default: nothing is said, and nothing is sent.
  async "Say what may be sent."() {},
};

/** Each check of the guide: whether the person sees what the guide says. */
const looking: Readonly<Record<string, (hands: Hands) => Promise<boolean>>> = {
  "window-closed": async ({ at }) => at.radio.air.every((name) => !name.startsWith("Thirteen-")),
  async "nothing-listens"({ at }) {
    const link = await at.radio.join(home.ssid, home.password);
    const found = await link.scan();
    link.leave();
    return found.length === 0 && at.unit.listening().length === 0;
  },
  async online({ at }) {
    const lamp = !at.unit.lamp;
    await at.owner.command(at.papers.id, `guide-${Date.now()}`, { lamp });
    await clock.until(() => at.unit.lamp === lamp, "the lamp obeys");
    return true;
  },
  async "only-what-is-needed"({ states }) {
    await clock.until(() => states.length > 0, "a state");
    return states.every((state) =>
      Object.keys(state).every((name) => ["lamp", "age"].includes(name)),
    );
  },
  "not-in-safe-mode": async ({ at }) => at.unit.state === "running",
};

/** Follows the whole guide with everything left as it is; the checks that do not show what they should. */
async function follow(firmware?: string): Promise<string[]> {
  const at = deskWith(desk, copyOf(desk.unit.flash), firmware === undefined ? {} : { firmware });
  const hands: Hands = { at, states: [] };
  const listen = (unitId: string, topic: string, body: unknown) => {
    if (unitId === at.papers.id && topic === "state") hands.states.push(body as never);
  };
  at.owner.on("message", listen);
  try {
    for (const step of steps) await doing[step]!(hands);
    // The guide's reader does not look before the farewell is over.
    const end = clock.now() + 10_000;
    await clock.until(() => clock.now() > end, "ten seconds");
    const wrong: string[] = [];
    for (const id of ids("Check that it is safe")) if (!(await looking[id]!(hands))) wrong.push(id);
    return wrong;
  } finally {
    at.owner.off("message", listen);
    at.unit.unplug();
  }
}

test("each step, check, decision and reason of the guide is known, and none is missing", (t) => {
  t.deepEqual(steps, Object.keys(doing));
  t.deepEqual(ids("Check that it is safe"), Object.keys(looking));
  const decisions = ids("What you decide");
  t.deepEqual(decisions, ["wifi", "consent"]);
  t.true(decisions.length <= mostDecisions);
  t.is(section("Set up").match(/\(Decision \d\.\)/g)?.length, decisions.length);
  t.regex(guide, /^For whoever.*Six steps, two decisions/m);
  for (const reason of ids("If it says no")) {
    const { text } = adviceFor(new WishRefused(reason));
    t.false(text.startsWith("The device refused:"), `${reason} has words of its own on the page`);
  }
});

test.serial(
  "the guide, with everything left as it is, leads to a device that passes its checks",
  async (t) => {
    t.deepEqual(await follow(), []);
  },
);

test.serial(
  "control: the guide's checks find a device whose set-up window stays open",
  async (t) => {
    const firmware = await sabotaged({
      "setup/set-up.ts": [
        "    window.listener.close();\n    window.accessPoint.close();",
        "    void window.listener;",
      ],
    });
    t.deepEqual(await follow(firmware), ["window-closed", "nothing-listens"]);
  },
);
