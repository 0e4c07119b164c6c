/**
 * A firmware's life at a whole desk: published, offered, fetched, tried, confirmed; given up when it is
 * bad; and fetched on where it was when the power went. With the release desk's own repository, over
 * HTTPS. (The attacks are in `host-sim/scenario/updates.ts`, and run in `test/attacks.test.ts`.)
 */
import test, { type ExecutionContext } from "ava";
import { decodeRecord } from "../../device/update/boot.ts";
import { type Desk, openDesk } from "../../host-sim/desk/desk.ts";
import type { Edition } from "../../host-sim/desk/updates.ts";
import { type Death, defaultHeapLimit } from "../../host-sim/engine/engine.ts";
import { engineNamed, engineNames } from "../../host-sim/engine/engines.ts";
import { xsAvailable } from "../../host-sim/engine/xs-engine.ts";
import { areasOn } from "../../host-sim/fleet/claimed.ts";
import { type BrokenFirmware, broken } from "../../host-sim/runtime/variants.ts";
import { lookAtUpdates } from "../../host-sim/scenario/updates.ts";
import { claim, TimeLapse } from "../desk-fixture.ts";

interface Told {
  readonly event?: string;
  readonly reason?: string;
  readonly why?: string;
  readonly risk?: string;
  readonly severity?: string;
  readonly version?: string;
}

class Life {
  readonly told: Told[] = [];
  readonly #seen: string[] = [];
  readonly #peaks: number[] = [];
  readonly clock: TimeLapse;
  readonly desk: Desk;
  /** Why lives ended. An update may end them in no way but the ones it names. */
  readonly deaths: (Death | "brown-out")[] = [];

  constructor(desk: Desk, clock: TimeLapse) {
    this.desk = desk;
    this.clock = clock;
    desk.owner.on("message", (_, topic, body) => {
      if (topic === "event") this.told.push(body as Told);
    });
    desk.unit.on("trace", ({ room, event }) => {
      this.#seen.push(`${room} ${event}`);
      // Whatever life ends next, its peak is known.
      if (room === "update") desk.unit.heap().then(({ livePeak }) => this.#peaks.push(livePeak));
    });
    desk.unit.on("death", ({ death }) => this.deaths.push(death));
  }

  static async begin(t: ExecutionContext, engine: "node" | "xs"): Promise<Life> {
    const clock = new TimeLapse();
    const desk = await openDesk({
      engine: engineNamed(engine),
      clock,
    });
    t.teardown(async () => {
      await desk.close();
      clock.stop();
    });
    await desk.unit.plug();
    await claim(desk, clock);
    await desk.connectOwner();
    return new Life(desk, clock);
  }

  get floor(): number {
    return decodeRecord(areasOn(this.desk.unit.flash.clone()).system.read("update.slots")).floor;
  }

  /** Most bytes alive on the chip's heap in any of the lives, when their last step was traced. */
  get livePeak(): number {
    return Math.max(...this.#peaks);
  }

  heard(event: string): () => Told | undefined {
    const from = this.told.length;
    return () => this.told.slice(from).find((one) => one.event === event);
  }

  /** Waits until the unit has traced it, from now on. */
  async seen(event: string, timeoutMs = 900_000): Promise<void> {
    const from = this.#seen.length;
    await this.clock.until(() => this.#seen.indexOf(event, from) >= 0, event, timeoutMs);
  }

  /** The unit fetches what is on offer; gives the bytes that it took. */
  async fetch(): Promise<number> {
    const { server } = this.desk.updates;
    const before = server.served;
    const looked = this.seen("update looked");
    await this.desk.owner.wishForUpdate(this.desk.papers.id, "look", "check");
    await looked;
    return server.served - before;
  }

  /** The owner says "now", and the unit judges the image. */
  async install(end: "update-confirmed" | "update-rolled-back"): Promise<Told> {
    const told = this.heard(end);
    await this.desk.owner.wishForUpdate(this.desk.papers.id, "now", "install");
    await this.clock.until(() => told() !== undefined, end, 3_600_000);
    return told() as Told;
  }

  async whole(edition: Edition, end: "update-confirmed" | "update-rolled-back") {
    const release = await this.desk.updates.publish(edition);
    const bytes = await this.fetch();
    return { release, bytes, told: await this.install(end) };
  }
}

const text = {
  why: "Mends how commands are read.",
  risk: "Until then a neighbour could switch the lamp.",
  severity: "important",
} as const;

for (const name of engineNames) {
  const available = name === "xs" ? xsAvailable() : { ok: true as const };
  if (!available.ok) {
    test.skip(`${name}: a firmware's life: ${available.reason}`, () => {});
    continue;
  }

  test.serial(`${name}: offered, installed, confirmed; then by a delta`, async (t) => {
    const life = await Life.begin(t, name);
    const offered = life.heard("update-offered");
    t.is(life.floor, 0);
    const first = await life.whole({ text }, "update-confirmed");
    t.like(offered(), { ...text, version: first.release.version }, "told before");
    t.like(first.told, { ...text, version: first.release.version }, "and after");
    t.is(life.floor, first.release.counter, "the floor is raised");

    const second = await life.whole({ delta: true }, "update-confirmed");
    t.is(life.floor, second.release.counter);
    t.true(second.bytes < second.release.image.length / 8, `${second.bytes} bytes, by the delta`);
    t.is(await lookAtUpdates(life.desk), "taken");
    t.is(life.floor, second.release.counter, "what runs is not installed again");
    t.deepEqual(
      life.deaths,
      ["restart", "restart"],
      "into the new image each time, and nothing else",
    );
    t.true(life.livePeak <= defaultHeapLimit);
    t.log(`${first.bytes} bytes as a whole, ${second.bytes} by the delta`);
    if (name === "xs") t.log(`most alive: ${life.livePeak} of ${defaultHeapLimit} bytes`);
  });

  test.serial(`${name}: a bad firmware is given up, and the owner is told why`, async (t) => {
    const life = await Life.begin(t, name);
    const bad: [BrokenFirmware, string][] = [
      ["crashes at boot", "crashed"],
      ["has a broken sensor", "product"],
    ];
    for (const [fault, reason] of bad) {
      const { told, release } = await life.whole(
        { changes: broken[fault], text },
        "update-rolled-back",
      );
      t.like(told, { reason, ...text, version: release.version }, fault);
      t.is(life.floor, 0, "the floor stays");
    }
    const good = await life.whole({}, "update-confirmed");
    t.is(life.floor, good.release.counter, "and a good one is still taken");
    t.false(life.deaths.includes("memory-full"));
  });

  test.serial(`${name}: the plug is pulled in the middle; it does not start over`, async (t) => {
    const life = await Life.begin(t, name);
    const { unit, updates } = life.desk;
    const release = await updates.publish();
    updates.server.badFor = (path) => path.endsWith(".bin");
    updates.server.manner = "cuts";
    updates.server.cutAfter = 200_000;
    const interrupted = life.seen("update interrupted");
    await life.desk.owner.wishForUpdate(life.desk.papers.id, "look", "check");
    await interrupted;
    unit.unplug();
    updates.server.manner = "good";
    const ready = life.seen("update looked");
    const from = updates.server.requests.length;
    await unit.plug();
    await ready;
    const [resumed] = updates.server.requests
      .slice(from)
      .filter(({ path }) => path.endsWith(".bin"));
    // What was under way when the connection broke is lost, up to one stretch between checkpoints.
    t.true(resumed !== undefined && resumed.from >= 65_536, `asked for from ${resumed?.from}`);
    t.is((resumed?.from ?? 1) % 65_536, 0, "from a checkpoint");
    t.like(await life.install("update-confirmed"), { version: release.version });
    t.is(life.floor, release.counter);
  });
}
