/**
 * Every interface of the device, as data (EN 303 645 5.6-1, 5.6-2, 5.6-4, 5.6-5): what is open in which
 * state of its life, to whom, and why. A scan of the simulated device must find what stands here and
 * nothing else (`test/surface.test.ts`); the documents are made from it. A way into the device or out
 * of it that is not in this list is a fault of the device, or of the list.
 */

/**
 * unprovisioned: without an identity, before or on the line · unclaimed: new · set-up: its window open ·
 * claimed: in use · moving: in use, and its window open · safe-mode: after a loop of deaths · wiped: as
 * unclaimed, until its services have confirmed that they erased.
 */
export const lifeStates = [
  "unprovisioned",
  "unclaimed",
  "set-up",
  "claimed",
  "moving",
  "safe-mode",
  "wiped",
] as const;
export type LifeState = (typeof lifeStates)[number];

export interface Interface {
  /** Unique. */
  readonly id: string;
  readonly kind: "network" | "physical";
  readonly protocol: string;
  readonly port?: number;
  /** Seen from the device: who speaks first. */
  readonly direction: "in" | "out" | "both";
  /** How whoever is at the other end proves itself, before anything is done for it. */
  readonly authentication: string;
  readonly why: string;
  /** What it tells somebody who has proved nothing. */
  readonly discloses: readonly string[];
  /** States in which it is there; it is closed in every other. */
  readonly open: readonly LifeState[];
  /** Opens only when somebody does this; absent: by itself in those states. */
  readonly openedBy?: string;
  /**
   * Where a scan can see it: every board, or the chip's board alone (the simulator has no name service,
   * no console and no debug port).
   */
  readonly scanned: "everywhere" | "chip";
  /** Used in development builds only; a release has it off. */
  readonly developmentOnly?: true;
}

const windowStates = ["set-up", "moving"] as const;
const networkStates = ["claimed", "moving", "safe-mode"] as const;

export const interfaces: readonly Interface[] = [
  {
    id: "set-up-access-point",
    kind: "network",
    protocol: "IEEE 802.11 access point, open",
    direction: "in",
    authentication: "none: what is said in it is protected by SPAKE2+ and the channel that follows",
    why: "the owner's phone reaches a device that is in no network yet",
    discloses: ["four characters of the random id, so that two devices can be told apart"],
    open: windowStates,
    openedBy:
      "a tap of the button while nobody owns the device, a hold of three seconds afterwards",
    scanned: "everywhere",
  },
  {
    id: "set-up-window",
    kind: "network",
    protocol: "SPAKE2+ (RFC 9383) and ChaCha20-Poly1305 over TCP, in the access point only",
    port: 1313,
    direction: "in",
    authentication: "the label's password, once for each connection, slower after each failure",
    why: "the owner hands over network, broker and key",
    discloses: ["that it is busy, that it wants to wait and how long, that a frame was none"],
    open: windowStates,
    openedBy: "the button, as the access point; closes after five minutes or when set-up is done",
    scanned: "everywhere",
  },
  {
    id: "set-up-cable",
    kind: "physical",
    protocol: "Improv Wi-Fi Serial",
    direction: "both",
    authentication:
      "presence at the cable and at the button; it claims nothing and gives no secret",
    why: "Wi-Fi settings from a browser, for who cannot use the access point",
    discloses: [
      "firmware, version, board, and the access point's name, which is in the air anyway",
    ],
    open: windowStates,
    openedBy: "the button, with the set-up window, and closed with it",
    scanned: "everywhere",
  },
  {
    id: "wifi-station",
    kind: "network",
    protocol: "IEEE 802.11 station",
    direction: "out",
    authentication: "the network's own (WPA), with the owner's password",
    why: "the way to the broker",
    discloses: ["the radio's address"],
    open: networkStates,
    scanned: "everywhere",
  },
  {
    id: "broker",
    kind: "network",
    protocol: "MQTT 3.1.1 over TLS 1.2 or later",
    port: 8883,
    direction: "out",
    authentication: "certificates at both ends: the broker's name, the unit's own key",
    why: "reports to the owner, commands from the owner",
    discloses: ["the broker's name, to who watches the network"],
    open: networkStates,
    scanned: "everywhere",
  },
  {
    id: "updates",
    kind: "network",
    protocol: "HTTP 1.1 over TLS 1.2 or later",
    port: 443,
    direction: "out",
    authentication: "the server's certificate; what it serves is signed besides (TUF)",
    why: "new firmware",
    discloses: ["the update server's name, to who watches the network"],
    open: networkStates,
    scanned: "everywhere",
  },
  {
    id: "name-service",
    kind: "network",
    protocol: "DNS and DHCP",
    port: 53,
    direction: "out",
    authentication: "none: an address proves nothing, TLS does",
    why: "an address in the network, and those of broker and update server",
    discloses: ["the names it looks for"],
    open: networkStates,
    scanned: "chip",
  },
  {
    id: "button",
    kind: "physical",
    protocol: "digital input",
    direction: "in",
    authentication: "presence",
    why: "tap: the lamp; hold: the set-up window, then a wipe",
    discloses: [],
    open: ["unclaimed", "set-up", "claimed", "moving", "safe-mode", "wiped"],
    scanned: "everywhere",
  },
  {
    id: "lamp",
    kind: "physical",
    protocol: "digital output",
    direction: "out",
    authentication: "none",
    why: "what the product is for",
    discloses: ["whether it is on"],
    open: lifeStates,
    scanned: "everywhere",
  },
  {
    id: "climate-sensor",
    kind: "physical",
    protocol: "I2C",
    direction: "in",
    authentication: "none: what it says is bounded before it is used",
    why: "what the product is for",
    discloses: [],
    open: lifeStates,
    scanned: "chip",
  },
  {
    id: "serial-console",
    kind: "physical",
    protocol: "UART",
    direction: "out",
    authentication: "none: outside the set-up window it takes no input",
    why: "the developer reads what the rooms trace; a release traces nothing",
    discloses: ["event names and reasons, never a secret"],
    open: lifeStates,
    scanned: "chip",
    developmentOnly: true,
  },
  {
    id: "debug-port",
    kind: "physical",
    protocol: "JTAG, ROM download mode, xsbug",
    direction: "both",
    authentication: "none",
    why: "the developer; a release has it fused off or left out",
    discloses: ["everything"],
    open: lifeStates,
    scanned: "chip",
    developmentOnly: true,
  },
];
