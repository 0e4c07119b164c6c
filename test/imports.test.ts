/** An arrow that points the wrong way fails the build: biome.json's rules, tried with wrong imports. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const root = fileURLToPath(new URL("..", import.meta.url));
const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");

/** In a file at this path: what it may not import, and what it may. */
const arrows: Readonly<Record<string, { wrong: readonly string[]; right: readonly string[] }>> = {
  "device/storage/room.ts": {
    wrong: [
      ...[
        "node:fs",
        "fs",
        "fs/promises",
        "embedded:network/tls",
        "mc/ffi",
        "timer",
        "pins/digital",
      ],
      ...["preact", "@noble/curves/ed25519.js", "@scope/package"],
      ...["../../host-sim/unit.ts", "../../provisioning/factory.ts", "../../test/prng.ts"],
      ...[
        "../platform/moddable/tls/tls-socket.ts",
        "../device.ts",
        "../unit.ts",
        "../product/product.ts",
      ],
      "../crypto/noble.ts",
    ],
    right: ["./crc32.ts", "../platform/platform.ts", "../crypto/crypto.ts", "../link/link.ts"],
  },
  "device/update/metadata/deep.ts": {
    wrong: ["node:crypto", "../../../host-sim/unit.ts", "../../platform/moddable/x.ts"],
    right: ["./role.ts", "../../platform/text.ts"],
  },
  "device/platform/board.ts": {
    wrong: ["embedded:io/digital", "node:os", "./moddable/board.ts"],
    right: ["./text.ts"],
  },
  "device/product/lamp.ts": {
    wrong: [
      ...["../storage/key-value.ts", "../access/pairing.ts", "../link/link.ts", "../device.ts"],
      ...["../crypto/crypto.ts", "../platform/platform.ts", "../privacy/consent.ts"],
      ...["node:net", "embedded:network/tcp", "preact", "../../host-sim/unit.ts"],
    ],
    right: ["./capabilities.ts", "../privacy/data-map.ts"],
  },
  "device/crypto/lent.ts": {
    wrong: ["node:crypto", "embedded:crypt", "elliptic", "../../host-sim/unit.ts"],
    right: ["@noble/curves/nist.js", "./noble-points.ts"],
  },
  "device/device.ts": {
    wrong: [
      ...["node:fs", "embedded:storage/flash", "../host-sim/unit.ts", "../provisioning/factory.ts"],
      ...["./platform/moddable/board.ts", "./crypto/noble.ts"],
    ],
    right: ["./link/link.ts", "./product/product.ts", "./platform/platform.ts"],
  },
  "device/main.ts": {
    wrong: ["node:fs", "embedded:io/digital", "../host-sim/unit.ts"],
    right: ["./firmware.ts", "./platform/moddable/board.ts"],
  },
  "device/platform/moddable/tls/socket.ts": {
    wrong: ["node:tls", "preact", "../../../../host-sim/unit.ts", "../../../../test/prng.ts"],
    right: ["embedded:network/tls", "mc/ffi", "timer", "../../platform.ts", "./session.ts"],
  },
  "provisioning/station.ts": {
    wrong: [
      ...[
        "../device/platform/moddable/board.ts",
        "../device/platform/boards/x.ts",
        "../device/device.ts",
        "../device/unit.ts",
      ],
      ...["../host-sim/unit.ts", "../test/prng.ts", "embedded:storage/flash", "timer"],
    ],
    right: ["node:fs", "kysely", "../device/storage/identity.ts", "../device/platform/text.ts"],
  },
  "host-sim/board/pins.ts": {
    wrong: [
      ...["../../device/platform/moddable/board.ts", "embedded:io/digital", "pins/digital"],
      "../../test/prng.ts",
    ],
    right: ["node:fs", "../../device/device.ts", "../../provisioning/factory.ts"],
  },
  "host-sim/panel/client/view.tsx": {
    wrong: ["node:fs", "fs", "mqtt", "../serve.ts", "../../unit.ts", "../../../device/device.ts"],
    right: ["preact", "preact/hooks", "./words.ts", "../view.ts"],
  },
  "test/board.test.ts": {
    wrong: ["embedded:io/digital", "mc/ffi", "timer"],
    right: ["node:fs", "ava", "../host-sim/unit.ts"],
  },
  "test/rooms/room.suite.ts": {
    wrong: ["node:fs", "ava", "fast-check"],
    right: ["../../device/storage/key-value.ts", "../suite.ts"],
  },
};

/** The forms an import can take; each must be seen. */
const forms = (specifier: string) => [
  `import "${specifier}";`,
  `import type { A } from "${specifier}";`,
  `export { B } from "${specifier}";`,
  `export const c = () => import("${specifier}");`,
];

interface Lint {
  readonly status: number | null;
  /** "path: line of code", sorted. */
  readonly red: readonly string[];
}

function lint(folder: string, paths: readonly string[]): Lint {
  const rule = ["lint", "--only=style/noRestrictedImports", "--reporter=json"];
  const all = "--max-diagnostics=none";
  const { status, stdout } = spawnSync(process.execPath, [biome, ...rule, all, ...paths], {
    cwd: folder,
    encoding: "utf8",
  });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { location: { path: string; start: { line: number } } }[];
  };
  const red = diagnostics.map(({ location: { path, start } }) => {
    const line = readFileSync(join(folder, path), "utf8").split("\n")[start.line - 1];
    return `${path.replaceAll("\\", "/")}: ${line}`;
  });
  return { status, red: red.sort() };
}

const lines = (path: string, specifiers: readonly string[]) =>
  specifiers.flatMap(forms).map((line) => `${path}: ${line}`);

/** A small tree with all arrows of the table, under `configuration`. */
function lintTable(configuration: object): Lint {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-imports-"));
  try {
    writeFileSync(join(folder, "biome.json"), JSON.stringify(configuration));
    for (const [path, { wrong, right }] of Object.entries(arrows)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), [...wrong, ...right].flatMap(forms).join("\n"));
    }
    return lint(folder, ["."]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const configuration = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as object;

test("each wrong arrow is red in each form, each right one green", (t) => {
  const expected = Object.entries(arrows).flatMap(([path, { wrong }]) => lines(path, wrong));
  const { status, red } = lintTable(configuration);
  const missed = expected.filter((line) => !red.includes(line));
  const tooStrict = red.filter((line) => !expected.includes(line));
  t.deepEqual({ missed, tooStrict }, { missed: [], tooStrict: [] });
  t.is(status, 1, "and the build fails");
});

test("control: without the rules nothing is red", (t) => {
  const { status, red } = lintTable({ ...configuration, overrides: [] });
  t.deepEqual(red, []);
  t.is(status, 0);
});

/** Numbers that somebody can guess: XS seeds its own generator with little, any engine's is for games. */
const guessable = /\bMath\s*\.\s*random\b|\bMath\s*\[/;

test("no randomness of the language in the firmware or the factory: all of it is the platform's", (t) => {
  const sources = ["device", "provisioning"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => join(root, folder, file)),
  );
  t.true(sources.length > 100, "it looked somewhere");
  t.deepEqual(
    sources.filter((file) => guessable.test(readFileSync(file, "utf8"))),
    [],
  );
  t.regex("const spread = Math.random() * 10;", guessable, "control");
});

test("the tree as it is: every arrow points the right way", (t) => {
  const { status, red } = lint(root, ["device", "host-sim", "provisioning", "test"]);
  t.deepEqual(red, []);
  t.is(status, 0);
});
