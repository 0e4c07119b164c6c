/** A handshake's steps beside JavaScript (tls-work.c), under the thread and the address sanitizer. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { execute, findToolchain, moddable, type Sabotage } from "../mbedtls/toolchain.ts";

const toolchain = findToolchain();
const native = "missing" in toolchain ? test.serial.skip : test.serial;
const whyNot = "missing" in toolchain ? ` [skipped: ${toolchain.missing}]` : "";

const busy = 4;
const waitRead = 1;

interface Saw {
  readonly first: number;
  readonly hidden: number;
  readonly askedMs: number;
  readonly looks: number;
  readonly next: number;
  readonly steps: number;
  readonly freedIdle: number;
  readonly openStep: number;
  readonly closeMs: number;
  readonly freedAtClose: number;
  readonly freedLater: number;
  readonly freedInAll: number;
  readonly leftAtClose: number;
  readonly leftLater: number;
  readonly leftInAll: number;
}

async function run(sanitizer: "thread" | "address", sabotage: Sabotage = []): Promise<Saw> {
  if ("missing" in toolchain) throw new Error(toolchain.missing);
  const folder = mkdtempSync(join(tmpdir(), "tls-work-"));
  try {
    const program = join(folder, "peer");
    const source = sabotage.reduce(
      (text, [guard, broken]) => {
        if (!text.includes(guard)) throw new Error(`nothing to sabotage: ${guard}`);
        return text.replace(guard, broken);
      },
      readFileSync(join(moddable, "tls/tls-work.c"), "utf8"),
    );
    writeFileSync(join(folder, "tls-work.c"), source);
    const [include = ""] = toolchain.flags;
    await execute("cc", [
      ...["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-O1"],
      ...["-DMBEDTLS_THREADING_C", "-DMBEDTLS_THREADING_PTHREAD", `-fsanitize=${sanitizer}`],
      ...[`-I${join(moddable, "tls")}`, include, join(folder, "tls-work.c")],
      fileURLToPath(new URL("./tls-work-peer.c", import.meta.url)),
      ...["-lpthread", "-o", program],
    ]);
    return JSON.parse((await execute(program)).stdout) as Saw;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

native(
  `a step of a handshake keeps nobody waiting, and has the session to itself${whyNot}`,
  async (t) => {
    const saw = await run("thread");
    t.like(saw, { first: busy, hidden: 1, next: waitRead, steps: 2, freedIdle: 1 });
    t.true(saw.askedMs < 40 && saw.looks > 3, JSON.stringify(saw));
    t.is(saw.openStep, waitRead, "an open session's step is done at once");
  },
);

native(
  `a session closed in the middle of a step is freed once, by the step${whyNot}`,
  async (t) => {
    const saw = await run("address");
    t.like(saw, { freedAtClose: 2, freedLater: 3, freedInAll: 303 });
    t.like(saw, { leftAtClose: 1, leftLater: 0, leftInAll: 0 }, "until then nobody else may begin");
    t.true(saw.closeMs < 40, `${saw.closeMs} ms`);
  },
);

native(
  `control: closed regardless of the step, it is used after it was freed${whyNot}`,
  async (t) => {
    const regardless: Sabotage = [
      ["if (atomic_compare_exchange_strong(&work->state, &running, DROPPED))", "if (running < 0)"],
    ];
    const { message } = (await t.throwsAsync(run("address", regardless))) as Error;
    t.regex(message, /heap-use-after-free|double-free/);
  },
);

native(
  `control: shown while a step is being done, the session is raced for${whyNot}`,
  async (t) => {
    const shown: Sabotage = [
      ["== RUNNING ? NULL : work->session", "< IDLE ? NULL : work->session"],
    ];
    const saw = await run("address", shown);
    t.is(saw.hidden, 0);
  },
);
