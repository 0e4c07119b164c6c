/** IXIT 7, 13, 15, 16, 23, 27, 28 and 29: what the device does, listens to and reads. */

import { type Interface, interfaces, lifeStates } from "../../../device/access/interfaces.ts";
import { MAX_SEALED_BYTES } from "../../../device/access/secure-channel.ts";
import { MAX_COMMAND_BYTES, updateWishes } from "../../../device/commands/command.ts";
import { linkLimits } from "../../../device/link/link-limits.ts";
import { windowMs } from "../../../device/setup/set-up.ts";
import { deviceLimits } from "../../../device/update/metadata/limits.ts";
import {
  longestPostponementS,
  severities,
  usualQuietHours,
} from "../../../device/update/policy.ts";
import { read, unionOf } from "./source.ts";
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

const topics = [...read("device/link/topics.ts").matchAll(/topic\("(\w+)"\)/g)].map(
  ([, one]) => one!,
);

const stateOf = ({ open, developmentOnly, openedBy }: Interface) =>
  developmentOnly
    ? "disabled in release"
    : open.length === lifeStates.length
      ? "enabled"
      : `enabled in: ${open.join(", ")}${openedBy ? `; opened by ${openedBy}` : ""}`;
const told = ({ discloses }: Interface) => discloses.join("; ") || "none";
const isAir = ({ protocol }: Interface) => protocol.startsWith("IEEE 802.11");

export const phyIntf: IxitTable = {
  id: "15",
  from: "device/access/interfaces.ts",
  rows: [
    ...interfaces
      .filter((one) => one.kind === "physical" || isAir(one))
      .map((one) => ({
        ID: `Intf-${one.id}`,
        Description: `${one.protocol}, ${one.direction}: ${one.why}`,
        Type: isAir(one) ? "air" : "physical",
        Status: stateOf(one),
        "Disclosed information": told(one),
        "Debug interface": one.developmentOnly ? "yes" : "no",
        Protection: one.developmentOnly
          ? "off by release settings, fused off on a locked chip"
          : one.authentication,
      })),
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
  from: "device/access/interfaces.ts, device/link/topics.ts",
  rows: interfaces
    .filter((one) => one.kind === "network" && !isAir(one))
    .map((one) => ({
      ID: `LogIntf-${one.id}`,
      Description: `${one.protocol}${one.port ? `, port ${one.port}` : ""}, ${one.direction}: ${one.why}${one.id === "broker" ? `; topics ${topics.join(", ")} of the unit's own id` : ""}`,
      Status: stateOf(one),
      Access: one.authentication,
      "Disclosed information": told(one),
      "Debug interface": "no",
      "Resilience measures":
        one.direction === "out"
          ? "ResMech-backoff, ResMech-outbox"
          : "one conversation at a time, time limits",
    })),
};

export const inpVal: IxitTable = {
  id: "29",
  from: "parsers of device/**, their limits imported",
  rows: [
    {
      ID: "InpVal-command",
      Description: `at most ${MAX_COMMAND_BYTES} bytes, UTF-8, strict JSON of limited depth, exact schema; refusals: ${unionOf("device/commands/command.ts", "CommandRefusal").join(", ")}`,
      Source: "LogIntf-broker",
    },
    {
      ID: "InpVal-mqtt",
      Description: `packets judged by their header, at most ${linkLimits.commandBytes} bytes of command; refusals: ${unionOf("device/link/mqtt-decoder.ts", "Malformed").join(", ") || "named, and the connection ends"}`,
      Source: "LogIntf-broker",
    },
    {
      ID: "InpVal-frames",
      Description: `set-up frames of at most ${MAX_SEALED_BYTES} bytes, by header first; refusals: ${unionOf("device/access/frames.ts", "FrameRefusal").join(", ")}`,
      Source: "LogIntf-set-up-window",
    },
    {
      ID: "InpVal-request",
      Description:
        "exact members, Wi-Fi by IEEE 802.11's sizes, broker by RFC 1123, owner's key of 32 bytes in one spelling",
      Source: "LogIntf-set-up-window",
    },
    {
      ID: "InpVal-metadata",
      Description: `update metadata within limits for each role (root ${deviceLimits.rootBytes} bytes), strict JSON, over exact bytes`,
      Source: "LogIntf-updates",
    },
    {
      ID: "InpVal-http",
      Description: "status, lengths and ranges as asked for, nothing else is taken",
      Source: "LogIntf-updates",
    },
    {
      ID: "InpVal-delta",
      Description: "frames within bounds of base and image, never beyond",
      Source: "LogIntf-updates",
    },
    {
      ID: "InpVal-flash",
      Description: "records of our own with checksums; what makes no sense is not there",
      Source: "flash",
    },
    {
      ID: "InpVal-sensor",
      Description: "values outside the data sheet are a fault, not a value",
      Source: "Intf-climate-sensor",
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
      Source: "LogIntf-name-service",
    },
  ],
};
