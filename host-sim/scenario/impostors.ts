/** Attacks on the link: somebody else answers where the broker should (guideline 5). */
import type { Peer, Trace } from "../board/events.ts";
import { type Exhibit, type ExhibitName, zoo } from "../broker/zoo/zoo.ts";
import { brokerName, brokerPort, type Desk, home } from "../desk/desk.ts";
import { type Answer, type Attack, first, NotNow, pause } from "./scenario.ts";

const titles = {
  plaintext: "A broker without encryption",
  wrongAuthority: "A broker of another authority",
  wrongName: "Another server's certificate",
  expired: "An expired certificate",
  selfSigned: "Self-signed, genuine authority appended",
  deviceCertificate: "A unit's certificate used as a server's",
  oldTls: "Only an outdated TLS",
  garbage: "A broker taken over that talks nonsense",
  hugePublish: "A command of 256 MB",
} as const satisfies Partial<Record<ExhibitName, string>>;

export const impostors: readonly Attack[] = Object.entries(titles).map(([exhibit, title]) => {
  const { explain, refusedBy } = zoo[exhibit as ExhibitName];
  return {
    name: `impostor-${exhibit.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    guideline: refusedBy === "tls" ? 5 : 13,
    title,
    explain: `Traffic to the broker is led to another server. ${explain}`,
    test: "test/attacks.test.ts",
    needs: "owner",
    run: (desk) => impersonate(desk, zoo[exhibit as ExhibitName]),
  };
});

/** After its refusal a unit is watched this long: one that spins shows at once. */
export const watchMs = 3_000;
/** One dial, and one more after each of the shortest waits (1 s) that fit in. */
export const mostDials = 4;

/** Leads the unit's next dials to the exhibit, sees what it does, and leads it home again. */
export async function impersonate(desk: Desk, exhibit: Exhibit): Promise<Answer> {
  const { unit, radio, broker, clock } = desk;
  if (unit.connections().length === 0)
    throw new NotNow("The device has no connection to redirect yet. Set it up first.");
  const impostor = await exhibit.start({
    serverAuthority: desk.authority.servers,
    deviceAuthority: desk.deviceAuthority,
    serverName: brokerName,
  });
  let died = false;
  let dials = 0;
  const onDeath = () => {
    died = true;
  };
  const onDial = (peer: Peer) => {
    if (isToBroker(peer)) dials++;
  };
  unit.on("death", onDeath);
  unit.on("dial", onDial);
  try {
    radio.route(brokerName, brokerPort, impostor.port);
    const verdict = nextLinkVerdict(desk, exhibit);
    restartRouter(desk);
    const reason = await verdict;
    if (reason === trusted) return { held: false, saw: "The device trusted it.", reason };
    await pause(clock, watchMs);
    if (died) return { held: false, saw: "The device reset.", reason: "reset" };
    if (dials > mostDials)
      return { held: false, saw: `The device dialled ${dials} times.`, reason: "spins" };
    return {
      held: true,
      saw: `The device refused it (${dials} ${dials === 1 ? "try" : "tries"} so far) and waits longer after each.`,
      reason,
    };
  } finally {
    unit.off("death", onDeath);
    unit.off("dial", onDial);
    radio.route(brokerName, brokerPort, broker.port);
    await impostor.close();
    restartRouter(desk);
  }
}

/** The home network goes and comes back, and with it every connection. */
export function restartRouter({ radio }: Desk): void {
  radio.removeNetwork(home.ssid);
  radio.addNetwork({ SSID: home.ssid, password: home.password });
}

const trusted = "trusted";

/** The unit also looks for updates, elsewhere, and may be called on its set-up port. */
function isToBroker({ direction, host, port }: Peer): boolean {
  return direction === "dialled" && host === brokerName && port === brokerPort;
}

/** What the unit makes of whom it meets: the loss of the old connection does not count. */
function nextLinkVerdict({ unit }: Desk, { refusedBy }: Exhibit): Promise<string> {
  return first(
    (report) => {
      let dialled = false;
      const heard = ({ room, event, detail }: Trace) => {
        if (room !== "link") return;
        if (event === "connecting") dialled = true;
        if (!dialled) return;
        if (event === "connected") report(trusted);
        if (event === "waiting") report(String(detail?.detail || detail?.reason));
      };
      // Whom TLS should have turned away must not hear a single word of the unit.
      const secured = (peer: Peer) => {
        if (refusedBy === "tls" && isToBroker(peer)) report(trusted);
      };
      const died = ({ death }: { death: string }) => report(death);
      unit.on("trace", heard);
      unit.on("connected", secured);
      unit.on("death", died);
      return () => {
        unit.off("trace", heard);
        unit.off("connected", secured);
        unit.off("death", died);
      };
    },
    60_000,
    "the device's answer to the impostor",
  );
}
