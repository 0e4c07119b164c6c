/** IXIT 7, 13, 15, 16, 23, 27, 28 and 29: what the device does, listens to and reads. */

import { MAX_SEALED_BYTES } from "../../../device/access/secure-channel.ts";
import { MAX_COMMAND_BYTES, updateWishes } from "../../../device/commands/command.ts";
import { linkLimits } from "../../../device/link/link-limits.ts";
import { holdMs } from "../../../device/setup/button.ts";
import { windowMs } from "../../../device/setup/set-up.ts";
import { deviceLimits } from "../../../device/update/metadata/limits.ts";
import {
  longestPostponementS,
  severities,
  usualQuietHours,
} from "../../../device/update/policy.ts";
import { read, sources, unionOf } from "./source.ts";
import type { IxitTable } from "./table.ts";

const clock = (minutes: number) => `${String(minutes / 60).padStart(2, "0")}:00`;

export const updMech: IxitTable = {
  id: "7",
  from: "device/update/policy.ts, device/update/update.ts",
  rows: [
    {
      ID: "UpdMech-slots",
      Description:
        "the whole image, firmware and libraries, into the spare of two slots over HTTPS, whole or as a delta; tried, proved, confirmed, else rolled back",
      "Security guarantees":
        "authenticity, integrity, freshness, no rollback, right product and board",
      "Cryptographic details":
        "AuthMech-update; verified by the device over exact bytes, and the slot is read back before it boots",
      "Initiation and interaction": `automatic; by the owner's wish: ${updateWishes.join(", ")}`,
      Configuration: `on as it comes; postponement up to ${severities.map((one) => `${longestPostponementS[one] / 86_400} d (${one})`).join(", ")}; quiet hours ${clock(usualQuietHours.from)} to ${clock(usualQuietHours.to)} UTC`,
      "Update checking": `after each start (${
        /firstLook = \{ baseMs: ([\d_]+), capMs: ([\d_]+)/
          .exec(read("device/update/update.ts"))
          ?.slice(1, 3)
          .map((ms) => Number(ms.replaceAll("_", "")) / 1000)
          .join(" to ") ?? ""
      } s) and daily, with jitter`,
      "User notification":
        "version, severity, why and what is at risk, before and after; the lamp is never on when it restarts",
    },
    {
      ID: "UpdMech-cable",
      Description:
        "first flashing on the line and recovery by cable; on a locked chip the bootloader takes signed images only",
      "Security guarantees": "secure boot on the chip; none in the simulator beyond the digest",
      "Cryptographic details": "secure boot v2 (RSA-3072 or ECDSA) on the chip",
      "Initiation and interaction": "by hand, at the device",
      Configuration: "none",
      "Update checking": "none: by hand",
      "User notification": "none: who does it holds the device",
    },
  ],
};

export const softServ: IxitTable = {
  id: "13",
  from: "device/setup/set-up.ts, device/link/link.ts, device/update/update.ts",
  rows: [
    {
      ID: "SoftServ-set-up",
      Description: `set-up window: TCP listener in the device's own access point, for ${windowMs / 60_000} min after the button`,
      Status: "disabled as it comes",
      Justification: "the only way to tell a device its network and owner",
      "Allows configuration": "yes: network, broker, owner",
      "Authentication mechanism": "AuthMech-set-up",
    },
    {
      ID: "SoftServ-link",
      Description: "MQTT client of one broker, reachable for who the broker lets publish",
      Status: "enabled once there is an owner",
      Justification: "commands and reports",
      "Allows configuration": "yes: by the owner's signed orders only",
      "Authentication mechanism": "AuthMech-broker, AuthMech-owner-order",
    },
    {
      ID: "SoftServ-update",
      Description: "HTTPS client of the update repository",
      Status: "enabled as it comes",
      Justification: "security updates",
      "Allows configuration": "no",
      "Authentication mechanism": "AuthMech-update",
    },
  ],
};

const platform = read("device/platform/platform.ts");
const boardPins = [
  ...new Set(
    sources("device/platform/boards", "manifest.json").flatMap((file) =>
      Object.keys((JSON.parse(read(file)) as { config?: Record<string, unknown> }).config ?? {}),
    ),
  ),
];

export const phyIntf: IxitTable = {
  id: "15",
  from: "device/platform/boards/*/manifest.json, device/platform/platform.ts",
  rows: [
    {
      ID: "Intf-wifi",
      Description: "station in the owner's network; access point during set-up",
      Type: "air",
      Status: "enabled",
      "Disclosed information": "access point name with 20 of the id's 128 bits, during set-up",
      "Debug interface": "no",
      Protection: "nothing listens in the owner's network; SPAKE2+ in the access point",
    },
    {
      ID: "Intf-button",
      Description: `tap: the lamp; hold for ${holdMs / 1000} s: the set-up window${boardPins.includes("button") ? "" : " (pin not configured)"}`,
      Type: "physical",
      Status: "enabled",
      "Disclosed information": "none",
      "Debug interface": "no",
      Protection: "a button that is down at the start means nothing",
    },
    {
      ID: "Intf-lamp",
      Description: "the actuator",
      Type: "physical",
      Status: "enabled",
      "Disclosed information": "whether it is on",
      "Debug interface": "no",
      Protection: "output only",
    },
    {
      ID: "Intf-climate",
      Description: `climate sensor on I2C${platform.includes("climate") ? "" : " (not in the platform)"}`,
      Type: "physical",
      Status: "enabled",
      "Disclosed information": "none",
      "Debug interface": "no",
      Protection: "inside the case; values are judged for plausibility",
    },
    {
      ID: "Intf-uart",
      Description: "serial port of the chip: flashing on the line, log of development builds",
      Type: "physical",
      Status: "disabled in release: console and core dump off",
      "Disclosed information": "none in release",
      "Debug interface": "yes",
      Protection: "release settings, secure boot, download mode restricted by eFuse",
    },
    {
      ID: "Intf-jtag",
      Description: "USB serial JTAG of the C3",
      Type: "physical",
      Status: "disabled by eFuse on a locked chip",
      "Disclosed information": "none on a locked chip",
      "Debug interface": "yes",
      Protection: "eFuse, prepared and never burnt by default",
    },
    {
      ID: "Intf-bluetooth",
      Description: "the chip's Bluetooth, unused",
      Type: "air",
      Status: "disabled: not linked",
      "Disclosed information": "none",
      "Debug interface": "no",
      Protection: "no code for it in the image",
    },
  ],
};

export const codeMin: IxitTable = {
  id: "16",
  from: "host-sim/runtime/bundle.ts, biome.json",
  rows: [
    {
      ID: "CodeMin-bundle",
      Description: "only what is imported from device/main.ts or the simulator's root is bundled",
    },
    {
      ID: "CodeMin-imports",
      Description: "imports follow an allow-list that is checked on every run",
    },
    {
      ID: "CodeMin-libraries",
      Description: "noble is the only library on the device, evaluated when used and dropped",
    },
    { ID: "CodeMin-modules", Description: "of the SDK the manifest lists each module by name" },
  ],
};

export const resMech: IxitTable = {
  id: "23",
  from: "device/link, device/storage, device/update",
  rows: [
    {
      ID: "ResMech-storage",
      Description: "records that are old or new at any cut of power",
      Type: "power",
      "Security guarantees": "no secret lost, no half-written setting",
    },
    {
      ID: "ResMech-local",
      Description: "button and lamp work without network, broker and owner",
      Type: "network",
      "Security guarantees": "availability of the main function",
    },
    {
      ID: "ResMech-outbox",
      Description: `what has to be told waits within ${linkLimits.totalBytes} bytes and leaves in order`,
      Type: "network",
      "Security guarantees": "no security event lost unnoticed",
    },
    {
      ID: "ResMech-backoff",
      Description: `reconnection with decorrelated jitter, ${linkLimits.backoff.baseMs / 1000} to ${linkLimits.backoff.capMs / 1000} s`,
      Type: "network",
      "Security guarantees": "no storm on the service",
    },
    {
      ID: "ResMech-slots",
      Description: "two slots, trial, roll-back, resume",
      Type: "power and network",
      "Security guarantees": "a bootable image at any moment",
    },
    {
      ID: "ResMech-memory",
      Description: "bounded buffers; memory that is full is a reset with a reason",
      Type: "overload",
      "Security guarantees": "returns to service",
    },
  ],
};

export const userIntf: IxitTable = {
  id: "27",
  from: "device/setup/button.ts, device/setup/request.ts",
  rows: [
    {
      ID: "UserIntf-button",
      Description: `${unionOf("device/setup/button.ts", "Gesture").join(", ")}`,
      Type: "button",
    },
    {
      ID: "UserIntf-set-up",
      Description: `owner's page or app in the set-up window: ${[...new Set([...read("device/setup/request.ts").matchAll(/readonly do: "([^"]+)"/g)].map(([, one]) => one))].join(", ")}`,
      Type: "application, local",
    },
    {
      ID: "UserIntf-app",
      Description:
        "owner's app over the broker: settings of the product, wishes about updates, signed orders",
      Type: "application, remote",
    },
    { ID: "UserIntf-lamp", Description: "the lamp itself", Type: "output" },
  ],
};

export const logIntf: IxitTable = {
  id: "28",
  from: "device/link/topics.ts, device/setup/set-up.ts, device/update",
  rows: [
    {
      ID: "LogIntf-mqtt",
      Description: `topics ${[...read("device/link/topics.ts").matchAll(/topic\("(\w+)"\)/g)].map(([, one]) => one).join(", ")} of the unit's own id`,
      Status: "enabled once there is an owner",
      Access: "AuthMech-broker; topic rules by certificate",
      "Disclosed information": "none before authentication",
      "Debug interface": "no",
      "Resilience measures": "ResMech-backoff, ResMech-outbox",
    },
    {
      ID: "LogIntf-set-up",
      Description: "TCP 1313 in the device's own access point",
      Status: "disabled except in the set-up window",
      Access: "AuthMech-set-up",
      "Disclosed information": "busy, too soon, refused: no version, no serial, no owner",
      "Debug interface": "no",
      "Resilience measures": "one conversation, time limits",
    },
    {
      ID: "LogIntf-https-client",
      Description: "requests to the update repository",
      Status: "enabled",
      Access: "outgoing only",
      "Disclosed information": "nothing about the unit in a request",
      "Debug interface": "no",
      "Resilience measures": "resume, back-off",
    },
    {
      ID: "LogIntf-dns-dhcp",
      Description: "the network stack's own: address and name look-ups",
      Status: "enabled",
      Access: "outgoing only",
      "Disclosed information": "no host name of ours",
      "Debug interface": "no",
      "Resilience measures": "answers are believed for where to dial only: TLS proves who is there",
    },
  ],
};

export const inpVal: IxitTable = {
  id: "29",
  from: "parsers of device/**, their limits imported",
  rows: [
    {
      ID: "InpVal-command",
      Description: `at most ${MAX_COMMAND_BYTES} bytes, UTF-8, strict JSON of limited depth, exact schema; refusals: ${unionOf("device/commands/command.ts", "CommandRefusal").join(", ")}`,
      Source: "LogIntf-mqtt",
    },
    {
      ID: "InpVal-mqtt",
      Description: `packets judged by their header, at most ${linkLimits.commandBytes} bytes of command; refusals: ${unionOf("device/link/mqtt-decoder.ts", "Malformed").join(", ") || "named, and the connection ends"}`,
      Source: "LogIntf-mqtt",
    },
    {
      ID: "InpVal-frames",
      Description: `set-up frames of at most ${MAX_SEALED_BYTES} bytes, by header first; refusals: ${unionOf("device/access/frames.ts", "FrameRefusal").join(", ")}`,
      Source: "LogIntf-set-up",
    },
    {
      ID: "InpVal-request",
      Description:
        "exact members, Wi-Fi by IEEE 802.11's sizes, broker by RFC 1123, owner's key of 32 bytes in one spelling",
      Source: "LogIntf-set-up",
    },
    {
      ID: "InpVal-metadata",
      Description: `update metadata within limits for each role (root ${deviceLimits.rootBytes} bytes), strict JSON, over exact bytes`,
      Source: "LogIntf-https-client",
    },
    {
      ID: "InpVal-http",
      Description: "status, lengths and ranges as asked for, nothing else is taken",
      Source: "LogIntf-https-client",
    },
    {
      ID: "InpVal-delta",
      Description: "frames within bounds of base and image, never beyond",
      Source: "LogIntf-https-client",
    },
    {
      ID: "InpVal-flash",
      Description: "records of our own with checksums; what makes no sense is not there",
      Source: "flash",
    },
    {
      ID: "InpVal-sensor",
      Description: "values outside the data sheet are a fault, not a value",
      Source: "Intf-climate",
    },
    {
      ID: "InpVal-time",
      Description: "wall clocks are never written down; the floor moves forward only",
      Source: "the network stack, the owner's app",
    },
    {
      ID: "InpVal-button",
      Description: "debounced; stuck at start counts as answered",
      Source: "UserIntf-button",
    },
    {
      ID: "InpVal-dns",
      Description: "an answer says where to dial and nothing else",
      Source: "LogIntf-dns-dhcp",
    },
  ],
};
