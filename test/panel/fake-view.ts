import { greyLights } from "../../host-sim/panel/reduce.ts";
import type { DeskView, UnitView } from "../../host-sim/panel/view.ts";

/** Neither a real password nor a real serial: the page only carries them. */
export const fakePassword = "7G2K-9QXM-4RTW-H0ZB";
export const fakeSerial = "SAMPLE-0001-7";
export const fakeLabel = {
  covered: false as const,
  password: fakePassword,
  svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 290"><style>text{font-family:sans-serif}</style><rect width="620" height="290" rx="16" fill="#fff"/><rect x="24" y="24" width="170" height="170" fill="#111"/><g fill="#fff"><rect x="40" y="40" width="40" height="40"/><rect x="138" y="40" width="40" height="40"/><rect x="40" y="138" width="40" height="40"/><rect x="100" y="92" width="20" height="60"/><rect x="130" y="120" width="48" height="18"/></g><text x="216" y="60" font-size="30" fill="#111">Sample Lamp</text><text x="216" y="100" font-size="24" fill="#111">Serial ${fakeSerial}</text><text x="216" y="160" font-size="22" fill="#111">Set-up password</text><text x="216" y="196" font-size="31" font-weight="700" fill="#111">${fakePassword}</text><text x="24" y="240" font-size="22" fill="#111">Security updates until 31 December 2031</text><text x="24" y="270" font-size="20" fill="#111">security@example.com</text></svg>`,
};

const newUnit: UnitView = {
  name: "Sample Lamp",
  serial: fakeSerial,
  powered: false,
  booting: false,
  lamp: false,
  buttonDown: false,
  cable: true,
  wifi: "off",
  life: "new",
  connected: false,
  availability: "unknown",
  engine: "xs",
  heap: { slots: 0, chunks: 0, limit: 120_832 },
};

const partition = (name: string, offset: number, size: number) => ({ name, offset, size });

/** A unit just made, on a desk with four attacks. */
export function freshView(): DeskView {
  return {
    unit: newUnit,
    label: fakeLabel,
    lights: greyLights(),
    timeline: [],
    reports: [],
    wire: [],
    flash: {
      size: 0x400000,
      partitions: [
        partition("nvs", 0x9000, 0x4000),
        partition("otadata", 0xd000, 0x2000),
        partition("nvs_keys", 0xf000, 0x1000),
        partition("factory", 0x10000, 0x4000),
        partition("system", 0x14000, 0x6000),
        partition("owner", 0x1a000, 0x6000),
        partition("slot0", 0x20000, 0x1f0000),
        partition("slot1", 0x210000, 0x1f0000),
      ],
      operations: [],
    },
    attacks: [
      {
        name: "wrong-password",
        guideline: 1,
        title: "Guess the password",
        explain: "Tries a wrong label password as soon as set-up is open.",
        running: false,
      },
      {
        name: "plaintext-broker",
        guideline: 5,
        title: "Pretend to be the server, unencrypted",
        explain: "Answers the device's connection with a broker that does not speak TLS.",
        running: false,
      },
      {
        name: "broken-door",
        guideline: 6,
        title: "Scan for open ports",
        explain: "Knocks on every TCP port of the claimed device.",
        running: false,
      },
      {
        name: "oversize-command",
        guideline: 13,
        title: "Send a command that is too long",
        explain: "Publishes 64 kB to the device's command topic.",
        running: false,
      },
    ],
    owner: {
      stage: "label",
      networks: [
        { ssid: "Desk network", saved: true },
        { ssid: "Neighbour", saved: false },
      ],
    },
  };
}
