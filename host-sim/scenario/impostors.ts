/** Attacks on the link: somebody else answers where the broker should (guideline 5). */
import { type ExhibitName, zoo } from "../broker/zoo/zoo.ts";
import { brokerName, brokerPort, type Desk, home } from "../desk/desk.ts";
import { type Answer, type Attack, first, NotNow } from "./scenario.ts";

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
    run: (desk) => impersonate(desk, exhibit as ExhibitName),
  };
});

/** Leads the unit's next dial to the exhibit, sees what it does, and leads it home again. */
export async function impersonate(desk: Desk, exhibit: ExhibitName): Promise<Answer> {
  const { unit, radio, broker } = desk;
  if (unit.connections().length === 0)
    throw new NotNow("The device has no connection to redirect yet. Set it up first.");
  const impostor = await zoo[exhibit].start({
    serverAuthority: desk.authority.servers,
    deviceAuthority: desk.deviceAuthority,
    serverName: brokerName,
  });
  let deaths = 0;
  const died = () => {
    deaths++;
  };
  unit.on("death", died);
  try {
    radio.route(brokerName, brokerPort, impostor.port);
    const verdict = nextLinkVerdict(desk);
    restartRouter(desk);
    const { reason, trusted } = await verdict;
    const tries = impostor.connections();
    if (deaths > 0) return { held: false, saw: "The device reset.", reason: "reset" };
    if (trusted) return { held: false, saw: "The device trusted it.", reason: "trusted" };
    return {
      held: tries <= 3,
      saw: `The device looked at it ${tries === 1 ? "once" : `${tries} times`}, refused, and waits before it tries again.`,
      reason,
    };
  } finally {
    unit.off("death", died);
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

/** What the link makes of whom it meets: the loss of the old connection does not count. */
function nextLinkVerdict(desk: Desk): Promise<{ reason: string; trusted: boolean }> {
  return first(
    (report) => {
      let dialled = false;
      const listener = (trace: {
        room: string;
        event: string;
        detail?: Readonly<Record<string, string | number | boolean>>;
      }) => {
        if (trace.room !== "link") return;
        if (trace.event === "connecting") dialled = true;
        if (!dialled) return;
        if (trace.event === "connected") report({ reason: "", trusted: true });
        if (trace.event === "waiting")
          report({ reason: String(trace.detail?.detail || trace.detail?.reason), trusted: false });
      };
      desk.unit.on("trace", listener);
      return () => void desk.unit.off("trace", listener);
    },
    60_000,
    "the device's answer to the impostor",
  );
}
