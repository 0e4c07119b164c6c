/** The rehearsal's own arithmetic: which fuses were burnt, and what the chip's cipher makes of an image. */
import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
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
