/** A desk with a unit that has an owner and a service that keeps what it reports, and lives of that unit. */
import type { InProcessBroker } from "../../host-sim/broker/broker.ts";
import { brokerName, type Desk, openDesk } from "../../host-sim/desk/desk.ts";
import { nodeEngine } from "../../host-sim/engine/node-engine.ts";
import { OwnerApp } from "../../host-sim/owner/owner-app.ts";
import { type Receipt, readReceipt } from "../../host-sim/owner/receipt.ts";
import {
  claim,
  deskWith,
  flashOf,
  heard,
  type Sabotage,
  sabotaged,
  TimeLapse,
} from "../desk-fixture.ts";

export interface Message {
  readonly topic: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Home {
  readonly desk: Desk;
  readonly clock: TimeLapse;
  /** Flash of the unit before anybody owned it, and since. */
  readonly fresh: Uint8Array;
  readonly claimed: Uint8Array;
  close(): Promise<void>;
}

export async function openHome(): Promise<Home> {
  const clock = new TimeLapse();
  const desk = await openDesk({ engine: nodeEngine, clock });
  await desk.connectKeeper();
  await desk.unit.plug();
  const fresh = desk.unit.flash.image();
  await claim(desk, clock);
  const claimed = desk.unit.flash.image();
  desk.unit.unplug();
  await desk.connectOwner();
  return {
    desk,
    clock,
    fresh,
    claimed,
    async close() {
      clock.stop();
      await desk.close();
    },
  };
}

/** Another life of the claimed unit, on its broker; `sabotage` takes a guard out of its firmware. */
export async function liveAgain(
  { desk, clock, claimed }: Home,
  { sabotage, image = claimed }: { sabotage?: Sabotage; image?: Uint8Array } = {},
): Promise<Desk> {
  const firmware = sabotage && (await sabotaged(sabotage));
  const at = deskWith(desk, flashOf(image), firmware === undefined ? {} : { firmware });
  const online = heard(at, "connected");
  const reported = messagesOf(desk.owner);
  await at.unit.plug();
  await clock.until(
    () => online() && reported.some(({ topic }) => topic === "state"),
    "the unit is on its broker and has reported",
  );
  return at;
}

/** What an app hears from now on. */
export function messagesOf(app: OwnerApp): Message[] {
  const messages: Message[] = [];
  app.on("message", (_, topic, body) =>
    messages.push({ topic, body: (body ?? {}) as Message["body"] }),
  );
  return messages;
}

/** Somebody else's app, on the broker with a certificate of its own and no grants. */
export async function anotherApp({ desk, clock }: Home, name: string): Promise<OwnerApp> {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const app = new OwnerApp(seed, await desk.authority.issueOwnerCertificate(name), () =>
    clock.wall(),
  );
  const anchor = desk.authority.serverAnchor;
  await app.connect({ host: brokerName, port: desk.broker.ownersPort, anchor });
  return app;
}

/** What the broker keeps of the unit. */
export async function retainedOf({ broker, papers }: Desk): Promise<string[]> {
  const kept = await (broker as InProcessBroker).retained();
  return [...kept].filter(([topic]) => topic.includes(papers.id)).map(([topic]) => topic);
}

/** A receipt among the messages, checked against the maker's root. */
export function receiptIn(desk: Desk, messages: readonly Message[]): Receipt | string | undefined {
  const text = messages.map(({ body }) => body.receipt).find((found) => found !== undefined);
  if (typeof text !== "string") return undefined;
  return readReceipt(text, desk.deviceAuthority.certificate, desk.papers.id);
}
