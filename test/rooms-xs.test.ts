/** The room suites on XS, the chip's engine: one machine a room. */
import test from "ava";
import { xsAvailable } from "../host-sim/engine/xs-engine.ts";
import { type RoomMachine, startRoom } from "./device-suites/xs-run.ts";
import { rooms } from "./rooms/suites.ts";

const available = xsAvailable();

if (!available.ok) test.skip(`rooms on XS: ${available.reason}`, () => {});
else
  for (const [room, suites] of Object.entries(rooms)) {
    let started: Promise<RoomMachine> | undefined;
    for (const { room: suite, cases } of suites)
      for (const name of Object.keys(cases))
        test.serial(`xs: ${suite}: ${name}`, async (t) => {
          started ??= startRoom(room);
          const { fault } = await (await started).run(suite, name);
          t.is(fault, undefined);
        });
    test.after.always(`${room} ends`, async () => (await started)?.machine.kill());
  }
