/**
 * The chip's check of ECDSA on P-256, against its reference, noble's, and against what each vector must
 * come to. EN 303 645 5.3-9 (authenticity of updates); FIPS 186-5.
 */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { verifyP256 } from "../../device/crypto/noble-ecdsa.ts";
import { signP256 } from "../../device/crypto/noble-signing.ts";
import { scalarIn } from "../../device/crypto/pkcs8.ts";
import { compile, findToolchain, type Sabotage } from "../mbedtls/toolchain.ts";
import { makeVectors, type Vector } from "./vectors.ts";

const toolchain = findToolchain();
const native = "missing" in toolchain ? test.serial.skip : test.serial;
const whyNot = "missing" in toolchain ? ` [skipped: ${toolchain.missing}]` : "";

const vectors = makeVectors();
const main = fileURLToPath(new URL("./p256-peer.c", import.meta.url));

const word = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex") || "-";

/** What the C file answers to each line. */
async function ask(lines: readonly string[], sabotage: Sabotage = []): Promise<string[]> {
  if ("missing" in toolchain) throw new Error(toolchain.missing);
  const folder = mkdtempSync(join(tmpdir(), "p256-peer-"));
  try {
    const program = await compile(
      toolchain,
      { source: "p256/p256-check.c", main, folder },
      sabotage,
    );
    const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(lines.map((line) => `${line}\n`).join(""));
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    if (code !== 0) throw new Error(`the peer ended with ${code}`);
    return said.trim().split("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the C file says of each vector. */
async function verdicts(sabotage: Sabotage = []): Promise<boolean[]> {
  const lines = vectors.map(
    ({ signature, message, key }) => `${word(signature)} ${word(message)} ${word(key)}`,
  );
  return (await ask(lines, sabotage)).map((line) => line === "1");
}

/** Titles of the vectors whose verdict is not what it must be. */
const wrong = (said: readonly boolean[], of: readonly Vector[] = vectors) =>
  of.filter(({ good }, index) => said[index] !== good).map(({ title }) => title);

test("noble, the reference, says of every vector what it must", (t) => {
  t.true(vectors.length > 500, `${vectors.length} vectors`);
  const said = vectors.map(({ signature, message, key }) => verifyP256(signature, message, key));
  t.deepEqual(wrong(said), []);
});

native(`the chip's check says the same of every vector${whyNot}`, async (t) => {
  const said = await verdicts();
  t.is(said.length, vectors.length);
  t.deepEqual(wrong(said), []);
});

/** What is broken, how, and a vector that must get through then. */
const controls: readonly [title: string, sabotage: Sabotage, through: string][] = [
  [
    "a verdict that is not looked at",
    [["return status == PSA_SUCCESS", "return 1"]],
    "another's key",
  ],
  ["negative integers", [["if (digits[0] & 0x80)", "if (0)"]], "without the sign's zero, true"],
  [
    "zeroes before an integer",
    [["if (count > 1 && digits[0] == 0 && !(digits[1] & 0x80))", "if (0)"]],
    "a zero too many before r, false",
  ],
  [
    "33 bytes of digits",
    [["if (count > SCALAR_LENGTH && digits[0] != 0)", "if (0)"]],
    "r in 33 bytes that are not zero first, true",
  ],
  [
    "what follows s",
    [["return s && r + s == length - 2 &&", "return s &&"]],
    "a byte inside, behind, false",
  ],
  ["a length that lies", [["|| der[1] != length - 2)", ")"]], "a length too small, true"],
  ["tags", [["if (length < 3 || rest[0] != 0x02)", "if (length < 3)"]], "an enumerated r, true"],
];

for (const [title, sabotage, through] of controls)
  native(`negative control: ${title}${whyNot}`, async (t) => {
    const missed = wrong(await verdicts(sabotage));
    t.true(missed.includes(through), missed.join("; "));
  });

// mbedTLS checks the ranges as well; another one, or an accelerator's driver, may not.
native(`r and s out of range are refused whatever the library says${whyNot}`, async (t) => {
  const gullible: Sabotage = [["status == PSA_SUCCESS", "(status == PSA_SUCCESS || 1)"]];
  const unranged: Sabotage = [["&& inRange(scalars) && inRange(scalars + SCALAR_LENGTH)", ""]];
  const through = wrong(await verdicts(gullible));
  const isOut = (title: string) =>
    /^[rs] is (0|ffffffff0{8}f{16}bce6faada7179e84f3b9cac2fc63255[12])$/.test(title);
  t.true(vectors.filter(({ title }) => isOut(title)).length === 6, "control: 0, n and n + 1");
  t.deepEqual(through.filter(isOut), []);
  const broken = wrong(await verdicts([...gullible, ...unranged]));
  t.is(broken.filter(isOut).length, 6, "negative control");
});

/** PKCS#8 of new keys, and messages of several lengths. */
const signed = [0, 1, 55, 64, 700].map((length) => ({
  key: new Uint8Array(
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "der",
    }),
  ),
  message: Uint8Array.from({ length }, (_, index) => index),
}));
const signLines = signed.map(({ key, message }) => `sign ${word(message)} ${word(scalarIn(key))}`);
const byNoble = signed.map(({ key, message }) => word(signP256(message, key)));

native(`the chip signs what noble signs, to the byte${whyNot}`, async (t) => {
  t.deepEqual(await ask(signLines), byNoble);
});

native(`negative control: a signature that is not deterministic${whyNot}`, async (t) => {
  const random: Sabotage = [
    ["PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)", "PSA_ALG_ECDSA(PSA_ALG_SHA_256)"],
  ];
  t.notDeepEqual(await ask(signLines, random), byNoble);
});

native(`a number that is no key signs nothing${whyNot}`, async (t) => {
  const n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
  const none = ["-", "00".repeat(32), n, "01".repeat(31)];
  t.deepEqual(await ask(none.map((scalar) => `sign 00 ${scalar}`)), ["0", "0", "0", "0"]);
});
