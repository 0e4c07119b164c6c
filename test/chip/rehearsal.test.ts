/** The rehearsal's own arithmetic: which fuses were burnt, and what the chip's cipher makes of an image. */
import { createCipheriv } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type Outcome, tryStart } from "../../host-sim/chip/rehearsal/boot-chain.ts";
import { encryptedFor, flashKey, zeroKey } from "../../host-sim/chip/rehearsal/flash-cipher.ts";
import { burnt, unlocked } from "../../host-sim/chip/rehearsal/fuses.ts";
import { blankFuses } from "../../host-sim/chip/stands.ts";
import { boardsFolder } from "../../host-sim/chip/targets.ts";

test("each unit of 128 bytes is XTS-AES-128 of its bytes in reverse, tweaked with its place", (t) => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
  const plain = Uint8Array.from({ length: 256 }, (_, index) => index);
  const tweak = Buffer.alloc(16);
  tweak.writeUInt32LE(0x20080);
  const cipher = createCipheriv("aes-128-xts", key, tweak);
  const unit = cipher.update(plain.slice(128).reverse()).reverse();
  const ours = encryptedFor(key, plain, 0x20000);
  t.deepEqual(Buffer.from(ours.subarray(128)), unit);
  t.notDeepEqual(ours, encryptedFor(zeroKey, plain, 0x20000), "control: by another key");
  t.notDeepEqual(ours.subarray(0, 128), encryptedFor(key, plain.subarray(0, 128), 0x20080));
});

test("a blank chip is not locked, and what it burns is told", (t) => {
  const blank = blankFuses();
  t.is(unlocked(blank).length, 4);
  t.deepEqual(burnt(blank, blank), []);
  t.is(flashKey(blank), undefined);
  const after = blank.slice();
  after[116 >> 3]! |= 1 << (116 & 7);
  after[11]! |= 0x40;
  after.fill(7, 144, 176);
  t.deepEqual(unlocked(after), [
    "SPI_BOOT_CRYPT_CNT is not burnt",
    "DIS_DOWNLOAD_MODE is not burnt",
    "DIS_PAD_JTAG is not burnt",
  ]);
  t.is(burnt(blank, after).length, 2);
  t.deepEqual(flashKey(after), new Uint8Array(32).fill(7));
});

test("the lock is in no settings that device:build takes", (t) => {
  const lock = readFileSync(join(boardsFolder, "sdkconfig.secure"), "utf8");
  for (const setting of ["SECURE_BOOT", "SECURE_FLASH_ENC_ENABLED", "NVS_ENCRYPTION"])
    t.true(lock.includes(`CONFIG_${setting}=y\n`), setting);
  for (const board of ["esp32", "esp32c3", "esp32c3-emulated"])
    for (const file of ["sdkconfig.defaults", "sdkconfig.defaults.release"]) {
      const settings = readFileSync(join(boardsFolder, board, "sdkconfig", file), "utf8");
      t.notRegex(settings, /CONFIG_SECURE_(BOOT|FLASH)/, `${board}: ${file}`);
    }
});

test("only the chip's own words are a refusal: an emulator that dies, or says nothing, shows none", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-rehearsed-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const emulator = join(folder, "emulator");
  const console = "$(printf '%s\\n' \"$@\" | sed -n s/^file://p | tail -n 1)";
  const stays = "exec sleep 60";
  const programs: readonly (readonly [Outcome, string])[] = [
    ["emulator-ended", "exit 1"],
    ["silent", stays],
    ["refused", `echo 'secure boot verification failed' > "${console}"\n${stays}`],
    ["starts", `echo '{"message":"boot"}'\n${stays}`],
  ];
  for (const [outcome, program] of programs) {
    writeFileSync(emulator, `#!/bin/sh\n${program}\n`, { mode: 0o755 });
    const chip = { emulator, flash: new Uint8Array(4), fuses: new Uint8Array(4), port: 1 };
    const tried = await tryStart(chip, outcome === "silent" ? 300 : 5_000);
    t.is(tried.outcome, outcome, program);
  }
});
