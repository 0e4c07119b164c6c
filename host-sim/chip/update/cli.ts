/** `npm run device:update`: an emulated ESP32-C3 updates itself, and takes a bad image back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mirrors } from "../../../device/update/endpoint.ts";
import { keyKinds } from "../../../provisioning/release/signer.ts";
import { oneOf, runCommandLine, wholeNumber } from "../../command-line.ts";
import { type BrokenFirmware, broken } from "../../runtime/variants.ts";
import { freePort } from "../free-port.ts";
import { blankFuses, emulatedStand } from "../stands.ts";
import { findEmulator, findIdf, findSdk } from "../tools.ts";
import { liveAt } from "../tour.ts";
import { updateLife } from "./life.ts";
import { builtEditions, flashOfFirst, makeEditions, ReleaseDesk } from "./releases.ts";

const faults = Object.keys(broken) as BrokenFirmware[];

const usage = `usage: npm run device:update -- [--keys p256|ed25519] [--fault words] [--built] [--shift n] [--json] [--verbose]

  Makes a release desk and three images of the firmware that trust it: today's (N), N+1, and N+2 with a fault. Flashes N
  into an emulated ESP32-C3, lives the tour with it, and publishes the other two, one after the other. The unit finds
  them over HTTPS, verifies, fetches, and restarts through ESP-IDF's bootloader. Needs the Moddable SDK, ESP-IDF 6.0
  and Espressif's QEMU.

  --keys           of the release desk (p256)
  --fault words    ${faults.join(", ")} ("has a broken sensor")
  --built          takes the desk and the images that were made last
  --shift n        2^n nanoseconds of the chip's time an instruction (3)
  --console file   keeps what bootloader and chip say
  --json           the stages as JSON on standard output
  --verbose        what the unit traces, on standard error`;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

await runCommandLine(usage, async () => {
  const { values } = parseArgs({
    options: {
      keys: { type: "string", default: "p256" },
      fault: { type: "string", default: "has a broken sensor" },
      built: { type: "boolean", default: false },
      shift: { type: "string", default: "3" },
      console: { type: "string" },
      json: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  const keys = oneOf("--keys", values.keys, keyKinds);
  const fault = oneOf("--fault", values.fault, faults);
  const shift = wholeNumber("--shift", values.shift, 0, 10);
  const emulator = findEmulator();
  const make = () => {
    const sdk = findSdk();
    findIdf();
    return makeEditions(sdk, { keys, fault });
  };
  const editions = values.built ? builtEditions() : await make();
  const folder = mkdtempSync(join(tmpdir(), "thirteen-update-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const fusesFile = join(folder, "fuses.bin");
  writeFileSync(fusesFile, blankFuses());
  const stand = emulatedStand({
    emulator,
    image: flashOfFirst(),
    fusesFile,
    console: values.console ?? join(folder, "console.txt"),
    shift,
    setUpAt: await freePort(),
  });
  const releases = new ReleaseDesk(folder);
  const [mirror] = mirrors;
  await liveAt(
    "esp32c3-emulated",
    stand,
    values,
    (life) => updateLife(life, releases, editions),
    mirror ? [[mirror.host, mirror.port]] : [],
  );
});
