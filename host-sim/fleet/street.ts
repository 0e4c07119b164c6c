/**
 * A street: claimed units on one radio, one broker in this process, and nothing on the disk but the
 * factory's temporary folder. For the fleet command and the benchmarks.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFactory } from "../../provisioning/factory.ts";
import {
  openServiceAuthority,
  type ServiceAuthority,
} from "../../provisioning/service-authority.ts";
import { type Clock, RealClock } from "../board/clock.ts";
import { NorFlash } from "../board/nor-flash.ts";
import { Radio } from "../board/radio.ts";
import { startBroker } from "../broker/broker.ts";
import type { Broker, BrokerEvent, BrokerOptions } from "../broker/broker-type.ts";
import { brokerName, brokerPort, home, program } from "../desk/desk.ts";
import type { Engine, Machine } from "../engine/engine.ts";
import { buildXsHost } from "../engine/xs/build.ts";
import { XsMachine } from "../engine/xs-engine.ts";
import { ownerPublicKey } from "../owner/jws-signer.ts";
import { Unit } from "../unit.ts";
import { writeClaimInto } from "./claimed.ts";

export interface Resident {
  readonly id: string;
  readonly unit: Unit;
  /** The engine's own process, on XS while the unit is powered. */
  processId(): number | undefined;
}

export interface StreetOptions {
  readonly engine: Engine;
  readonly devices: number;
  /** As it passes, when absent. */
  readonly clock?: Clock;
  /** Over how long the units spread their dials, s; 2 when absent: a street is not a town. */
  readonly spreadS?: number;
  readonly onMade?: (made: number) => void;
  /** The street's broker; one in this process when absent. */
  readonly broker?: (options: BrokerOptions) => Promise<Broker>;
}

export interface Street {
  readonly engine: Engine["name"];
  readonly residents: readonly Resident[];
  readonly broker: Broker;
  /** The service side, for whoever watches the street. */
  readonly authority: ServiceAuthority;
  /** Resolves when the broker has the unit's word that it is online, said after this call. */
  online(id: string): Promise<void>;
  close(): Promise<void>;
}

export async function openStreet(options: StreetOptions): Promise<Street> {
  const { engine, devices, spreadS = 2, clock = new RealClock(), onMade = () => {} } = options;
  // Now, and not in the time of the first start.
  if (engine.name === "xs") await buildXsHost();
  const folder = mkdtempSync(join(tmpdir(), "thirteen-street-"));
  try {
    const passphrase = randomBytes(24).toString("base64");
    const authority = await openServiceAuthority({ folder: join(folder, "service"), passphrase });
    const serverAnchors = [authority.serverAnchor];
    const factory = await openFactory({
      folder: join(folder, "factory"),
      passphrase,
      serverAnchors,
    });
    const radio = new Radio();
    radio.addNetwork({ SSID: home.ssid, password: home.password });
    const claim = {
      wifi: home,
      broker: { host: brokerName, port: brokerPort, spreadS },
      owner: ownerPublicKey(new Uint8Array(randomBytes(32))),
    };
    const residents: Resident[] = [];
    for await (const { id, identityImage } of factory.issue({ count: devices })) {
      const flash = new NorFlash();
      await program(flash, identityImage);
      writeClaimInto(flash, claim);
      residents.push(settle({ id, engine, flash, radio, clock }));
      onMade(residents.length);
    }
    await factory.close();
    const startOne =
      options.broker ?? ((one) => startBroker({ ...one, maxConnections: devices + 100 }));
    const broker = await startOne({
      ...(await authority.issueServerCertificate([brokerName])),
      deviceAnchor: factory.deviceAuthority.certificate,
      ownersAnchor: authority.ownersAnchor,
    });
    radio.route(brokerName, brokerPort, broker.port);
    return {
      engine: engine.name,
      residents,
      broker,
      authority,
      online: (id) => {
        const said = (event: BrokerEvent) =>
          event.type === "published" &&
          event.topic === `units/${id}/availability` &&
          Buffer.from(event.payload).equals(Buffer.from("online"));
        return new Promise((resolve) => {
          const stop = broker.watch((event) => {
            if (!said(event)) return;
            stop();
            resolve();
          });
        });
      },
      async close() {
        for (const { unit } of residents) unit.unplug();
        await broker.close();
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface House {
  readonly id: string;
  readonly engine: Engine;
  readonly flash: NorFlash;
  readonly radio: Radio;
  readonly clock: Clock;
}

function settle({ id, engine, flash, radio, clock }: House): Resident {
  let machine: Machine | undefined;
  const watched: Engine = {
    name: engine.name,
    async start(options) {
      machine = await engine.start(options);
      return machine;
    },
  };
  const unit = new Unit({ name: id, engine: watched, flash, radio, clock });
  const processId = () => (machine instanceof XsMachine ? machine.processId : undefined);
  return { id, unit, processId };
}
