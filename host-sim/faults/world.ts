/**
 * One claimed unit in a world that can go wrong, on a virtual clock. The firmware, its engine, its
 * flash, its bootloader and its radio are the desk's own; the broker is in memory, without TLS, so that
 * a month passes in a minute and is the same each time for the same seed.
 */
import { randomBytes } from "node:crypto";
import { VirtualClock } from "../board/clock.ts";
import { type Entropy, seededEntropy } from "../board/entropy.ts";
import { NorFlash } from "../board/nor-flash.ts";
import { boardPartitions } from "../board/partitions.ts";
import { Radio } from "../board/radio.ts";
import { writeSlot } from "../bootloader/image.ts";
import { brokerName, brokerPort, home, program } from "../desk/desk.ts";
import { type Death, defaultHeapLimit, type Engine } from "../engine/engine.ts";
import { areasOn, writeClaimInto } from "../fleet/claimed.ts";
import { ownerPublicKey } from "../owner/jws-signer.ts";
import { issueOneUnit } from "../sweep/scenarios.ts";
import { Unit } from "../unit.ts";
import { FaultBroker } from "./fault-broker.ts";

export interface World {
  readonly unit: Unit;
  readonly id: string;
  readonly radio: Radio;
  readonly clock: VirtualClock;
  readonly broker: FaultBroker;
  readonly flash: NorFlash;
  /** For the world's own choices; the unit has its own. */
  readonly random: Entropy;
  /** Heap that the engine leaves the firmware (XS). */
  pressure: { heapLimit: number };
  /** The firmware ends as if by itself. */
  die(death: Exclude<Death, "power-cut" | "restart">): void;
  /** Takes all but so many bytes of the system area, or gives them back; without power only. */
  fill(leaveBytes: number | undefined): void;
  joinable(there: boolean): void;
  close(): void;
}

export interface WorldOptions {
  readonly engine: Engine;
  readonly seed: number;
  /** Other firmware than today's. */
  readonly firmware?: string;
}

export const spreadS = 20;
const fillerBytes = 64;
const filler = (index: number) => `zz-filler${index}`;

export async function openWorld({ engine, seed, firmware }: WorldOptions): Promise<World> {
  const { id, flash } = await makeUnit(firmware);
  const clock = new VirtualClock(Date.UTC(2026, 11, 1));
  const radio = new Radio();
  const broker = new FaultBroker(id);
  radio.serve(brokerName, brokerPort, broker.service);
  const joinable = (there: boolean) => {
    if (there) radio.addNetwork({ SSID: home.ssid, password: home.password });
    else radio.removeNetwork(home.ssid);
  };
  joinable(true);
  const pressure = { heapLimit: defaultHeapLimit };
  let kill: World["die"] = () => {};
  const watched: Engine = {
    name: engine.name,
    async start(options) {
      const machine = await engine.start(options);
      kill = (death) => {
        machine.kill();
        options.onDeath(death, "brought about by the desk");
      };
      return machine;
    },
  };
  const unit = new Unit({
    name: "faults",
    engine: watched,
    flash,
    radio,
    clock,
    entropy: seededEntropy(`unit/${seed}`),
    get heapLimit() {
      return pressure.heapLimit;
    },
    // A thread for each event, on Node; nothing here runs for ever.
    ...(engine.name === "node" ? { watchdogMs: 0 } : {}),
  });
  return {
    unit,
    id,
    radio,
    clock,
    broker,
    flash,
    random: seededEntropy(`faults/${seed}`),
    pressure,
    die: (death) => kill(death),
    fill: (leaveBytes) => fill(flash, leaveBytes),
    joinable,
    close: () => unit.unplug(),
  };
}

async function makeUnit(firmware: string | undefined): Promise<{ id: string; flash: NorFlash }> {
  const { id, identityImage } = await issueOneUnit();
  const flash = new NorFlash();
  await program(flash, identityImage);
  if (firmware !== undefined) writeSlot(flash, boardPartitions(), 0, firmware);
  writeClaimInto(flash, {
    wifi: home,
    broker: { host: brokerName, port: brokerPort, spreadS },
    owner: ownerPublicKey(new Uint8Array(randomBytes(32))),
  });
  return { id, flash };
}

/** As records of a firmware that had more to remember. */
function fill(flash: NorFlash, leaveBytes: number | undefined): void {
  // A cut that waits for the unit's next write is not meant for the desk's own.
  flash.cutAt(undefined);
  flash.powerOn();
  const { system } = areasOn(flash);
  if (leaveBytes === undefined) for (const name of fillers(system.keys())) system.delete(name);
  else {
    try {
      for (let index = 0; ; index++) system.write(filler(index), new Uint8Array(fillerBytes));
    } catch {
      const names = fillers(system.keys());
      const back = Math.ceil(leaveBytes / (fillerBytes + 32));
      for (const name of names.slice(0, back)) system.delete(name);
    }
  }
  flash.powerOff();
}

const fillers = (names: readonly string[]) => names.filter((name) => name.startsWith("zz-filler"));
