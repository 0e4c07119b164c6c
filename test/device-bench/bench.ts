/** `npm run device:bench`: what holds the event loop of the emulated chip, and for how many instructions. */
import { generateKeyPairSync, sign } from "node:crypto";
import { parseArgs } from "node:util";
import { flashImage } from "../../host-sim/chip/targets.ts";
import { findEmulator, findIdf, findSdk } from "../../host-sim/chip/tools.ts";
import { runCommandLine } from "../../host-sim/command-line.ts";
import { Fault } from "../../provisioning/fault.ts";
import { buildHouse, type House, name, type Version } from "../tls-native/impostors.ts";
import { echoServer } from "../tls-native/servers.ts";
import type { Figures } from "./asked.ts";
import { type Chip, instructionsPerMicro, startChip } from "./chip.ts";
import { benchImage } from "./image.ts";
import { introduce } from "./meetings.ts";
import { keepCosts } from "./record.ts";

const usage = `usage: npm run device:bench -- [--json] [--no-record]

  Counts instructions on the emulated ESP32-C3: the longest turn of the event loop in a TLS handshake of our own
  socket and of the SDK's in JavaScript, one Ed25519 check and one native P-256 check. Needs the Moddable SDK,
  ESP-IDF 6.0 and Espressif's QEMU. Writes docs/boards.md.

  --json       the result as JSON on standard output
  --no-record  leaves docs/ alone`;

/** One line of the result. */
export interface Cost {
  readonly what: string;
  /** The longest turn of the event loop, instructions. */
  readonly longest: number;
  /** The whole of it where it is more than one turn. */
  readonly note: string;
}

const instructions = (micros: number) => Math.round(micros * instructionsPerMicro);

/** The clock must be the instruction counter it is taken for. @throws Fault */
async function calibrate(chip: Chip): Promise<number> {
  const turns = 4_000_000;
  const { micros = 0 } = await chip.ask("spin", turns);
  const ratio = instructions(micros) / (2 * turns);
  if (Math.abs(ratio - 1) > 0.02)
    throw new Fault(`a loop of ${2 * turns} instructions was counted as ${instructions(micros)}`);
  return ratio;
}

/** @throws Fault when the check does not pass. */
async function checkCost(chip: Chip, kind: "ed25519" | "p256"): Promise<Cost> {
  const pair =
    kind === "p256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("ed25519");
  const message = Buffer.from("what the chip is asked to believe");
  const spki = pair.publicKey.export({ type: "spki", format: "der" });
  await chip.put("message", message);
  await chip.put("signature", sign(kind === "p256" ? "sha256" : null, message, pair.privateKey));
  await chip.put("public", spki.subarray(kind === "p256" ? -65 : -32));
  const { genuine, load = 0, check = 0, slotsPeak } = await chip.ask("check", kind);
  if (!genuine) throw new Fault(`the chip refused a genuine signature: ${kind}`);
  const parts =
    kind === "p256"
      ? "mbedTLS"
      : `noble; ${instructions(load).toLocaleString("en")} of it to load noble`;
  return {
    what: kind === "p256" ? "one P-256 check, native" : "one Ed25519 check",
    longest: instructions(load + check),
    note: `${parts}; most slots so far ${slotsPeak} B`,
  };
}

/** @throws Fault when the handshake fails. */
async function handshakeCost(
  chip: Chip,
  house: House,
  by: "firmware" | "sdk",
  version: Version,
): Promise<Cost & Figures> {
  const { good, deviceRoot } = house;
  const server = await echoServer({
    key: good.keyPem,
    cert: good.pem,
    minVersion: version,
    maxVersion: version,
    // The SDK's TLS has no certificate of its own to show here.
    ...(by === "firmware" ? { ca: deviceRoot.pem } : { ecdhCurve: "prime256v1" }),
  });
  // A ticket of the meeting before is spent where nobody listens: the handshake is to be a whole one.
  if (by === "firmware") await chip.ask("meet", { port: 1, name, by });
  const { met, ...figures } = await chip
    .ask("meet", { port: server.port, name, by })
    .finally(() => server.close());
  if (met?.end !== "done")
    throw new Fault(`${by}, ${version}: ${met?.end}; ${server.errors.join("; ")}`);
  const who = by === "firmware" ? "our socket" : "the SDK's TLS in JavaScript";
  return {
    ...figures,
    what: `handshake, ${version}, ${who}`,
    longest: instructions(Math.max(met.opening, met.shaking)),
    note: [
      `${instructions(met.opening).toLocaleString("en")} to make the socket`,
      `${instructions(met.longest).toLocaleString("en")} the longest turn with an echo of 3,000 bytes in JavaScript`,
      `least of the chip's heap free ${figures.leastFree} B`,
      ...(by === "firmware" ? [`least of a step's stack left ${figures.stackLeft} B`] : []),
    ].join("; "),
  };
}

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      "no-record": { type: "boolean", default: false },
    },
  });
  const sdk = findSdk();
  findIdf();
  const emulator = findEmulator();
  const { parts } = await benchImage(sdk);
  const house = await buildHouse();
  const chip = await startChip(emulator, flashImage(parts));
  const costs: Cost[] = [];
  const note = (cost: Cost) => {
    costs.push(cost);
    if (!values.json)
      console.log(`${cost.longest.toLocaleString("en").padStart(13)}  ${cost.what} (${cost.note})`);
  };
  try {
    await calibrate(chip);
    await introduce(chip, house);
    for (const version of ["TLSv1.3", "TLSv1.2"] as const)
      note(await handshakeCost(chip, house, "firmware", version));
    note(await checkCost(chip, "p256"));
    note(await checkCost(chip, "ed25519"));
    note(await handshakeCost(chip, house, "sdk", "TLSv1.2"));
  } finally {
    chip.end();
  }
  if (values.json) console.log(JSON.stringify(costs, null, 2));
  if (!values["no-record"]) keepCosts(costs);
});
