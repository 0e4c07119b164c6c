/** The device commands on a machine without SDK, ESP-IDF or emulator: one line that says what to do. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { productOf } from "../../host-sim/chip/targets.ts";
import { bundlePrograms, type NodePrograms } from "../../host-sim/runtime/node-programs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "thirteen-chip-"));

const programs = {
  build: "host-sim/chip/build.ts",
  run: "host-sim/chip/run.ts",
  flash: "host-sim/chip/flash.ts",
  emulate: "host-sim/chip/emulate.ts",
  rehearse: "host-sim/chip/rehearsal/rehearse.ts",
  update: "host-sim/chip/update/cli.ts",
} as const;
let bundled: NodePrograms;

test.before(async () => {
  bundled = await bundlePrograms(Object.values(programs));
});
test.after.always(() => {
  rmSync(scratch, { recursive: true, force: true });
  bundled?.remove();
});

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What of an SDK the checks look at. */
function sdk(name: string, version: string, built: boolean): string {
  const folder = join(scratch, name);
  put(join(folder, "tools/VERSION"), `${version}\n`);
  const host = { linux: "lin", darwin: "mac", win32: "win" }[process.platform as "linux"];
  if (built) put(join(folder, `build/bin/${host}/release/mcconfig`), "");
  return folder;
}

function idf(name: string, major: number, minor: number): string {
  const folder = join(scratch, name);
  const lines = [`set(IDF_VERSION_MAJOR ${major})`, `set(IDF_VERSION_MINOR ${minor})`];
  put(join(folder, "tools/cmake/version.cmake"), lines.join("\n"));
  return folder;
}

interface Ended {
  readonly status: number | null;
  readonly errors: string;
}

/** What `npm run device:<command> -- <args>` runs, bundled, without npm. */
function run(line: string, environment: NodeJS.ProcessEnv): Ended {
  const [command, ...args] = line.split(" ");
  const { status, stderr } = spawnSync(
    process.execPath,
    [bundled.file(programs[command as keyof typeof programs]), ...args],
    {
      cwd: root,
      // Nothing of this machine's: whoever has an SDK must see the same.
      env: { HOME: scratch, PATH: dirname(process.execPath), ...environment },
      encoding: "utf8",
      timeout: 60_000,
    },
  );
  return { status, errors: stderr };
}

const good = sdk("sdk", "8.2.3", true);

const faults: readonly [
  title: string,
  line: string,
  environment: NodeJS.ProcessEnv,
  said: RegExp,
][] = [
  [
    "build: no SDK",
    "build --target linux",
    {},
    /^MODDABLE is not set: install the Moddable SDK 8\.2\.3/,
  ],
  [
    "build: no SDK where MODDABLE points",
    "build --target linux",
    { MODDABLE: join(scratch, "nowhere") },
    /nowhere, where no Moddable SDK is/,
  ],
  [
    "build: an older SDK",
    "build --target esp32c3",
    { MODDABLE: sdk("old", "8.1.9", true) },
    /old is 8\.1\.9: 8\.2\.3 or later is needed/,
  ],
  [
    "build: an SDK without its tools",
    "build --target linux",
    { MODDABLE: sdk("bare", "9.0.0", false) },
    /tools are not built: .*mcconfig is not there/,
  ],
  [
    "build: no mbedTLS",
    "build --target linux",
    { MODDABLE: good, MBEDTLS_ROOT: join(scratch, "nowhere") },
    /mbedTLS 3\.6 or later is not in .*: install libmbedtls-dev/,
  ],
  ["build: no ESP-IDF", "build --target esp32", { MODDABLE: good }, /^IDF_PATH is not set/],
  [
    "build: another ESP-IDF",
    "build --target esp32c3",
    { MODDABLE: good, IDF_PATH: idf("idf5", 5, 5) },
    /idf5 is 5\.5: the Moddable SDK wants 6\.0/,
  ],
  [
    "emulate: no emulator",
    "emulate --tour",
    {},
    /^Espressif's qemu-system-riscv32 is not found: run .*idf_tools\.py install qemu-riscv32/,
  ],
  ["rehearse: no SDK", "rehearse", {}, /^MODDABLE is not set/],
  [
    "update: no emulator",
    "update",
    { MODDABLE: good },
    /^Espressif's qemu-system-riscv32 is not found/,
  ],
  [
    "rehearse: no emulator, no fuses",
    "rehearse",
    { MODDABLE: good, IDF_PATH: idf("idf6", 6, 0) },
    /^Espressif's qemu-system-riscv32 is not found/,
  ],
  [
    "rehearse: a board on a cable is left alone, and the step that cannot be undone is named",
    "rehearse --port /dev/ttyUSB0",
    {},
    /^the board at \/dev\/ttyUSB0 is left alone: this would burn SECURE_BOOT_EN, .* for good/,
  ],
  ["flash: no ESP-IDF", "flash --target esp32c3 --port /dev/null", {}, /^IDF_PATH is not set/],
];

for (const [title, line, environment, said] of faults)
  test(title, (t) => {
    const { status, errors } = run(line, environment);
    t.is(status, 1, errors);
    t.regex(errors, said);
    t.is(errors.trimEnd().split("\n").length, 1, "one line");
  });

for (const [line, said] of [
  ["build", /^--target .*use linux or esp32c3-emulated or esp32c3 or esp32; see --help/],
  ["build --target avr", /^--target avr/],
  ["flash --target esp32c3", /^--port: name the board's serial port; see --help/],
  ["run --loud", /--loud.*see --help/],
  ["update --keys rsa", /^--keys rsa/],
] as const)
  test(`a bad command line: ${line}`, (t) => {
    const { status, errors } = run(line, {});
    t.is(status, 2, errors);
    t.regex(errors, said);
  });

test("an emulator of somebody else's is told apart", (t) => {
  const other = join(scratch, "qemu-system-riscv32");
  put(other, "#!/bin/sh\necho 'virt  RISC-V VirtIO board'\n");
  chmodSync(other, 0o755);
  const { status, errors } = run("emulate --tour", { THIRTEEN_QEMU: other });
  t.is(status, 1);
  t.regex(errors, /emulates no ESP32-C3: it is not Espressif's/);
});

// With the SDK's build there, this is the tour on XS 17; without it, the line that says how to get it.
test("run: the tour, or what to build first", (t) => {
  const { status, errors } = run("run", {});
  if (existsSync(productOf("linux"))) t.is(status, 0, errors);
  else t.regex(errors, /^nothing is built for linux: npm run device:build -- --target linux\n$/);
});
