/** What the boot chain burnt (ESP32-C3 reference manual, "eFuse Controller"; ESP-IDF's esp_efuse_table.csv). */

interface Fuse {
  readonly name: string;
  /** First bit of block 0, and how many. */
  readonly bit: number;
  readonly count: number;
  readonly effect: string;
}

const keyPurposes: Readonly<Record<number, string>> = {
  4: "flash encryption, XTS-AES-128: made by the chip, read by nobody",
  9: "digest of the key that signs: the ROM starts only what that key signed",
};

const fuses: readonly Fuse[] = [
  { name: "RD_DIS", bit: 32, count: 7, effect: "key blocks that no software can read" },
  { name: "DIS_USB_JTAG", bit: 41, count: 1, effect: "no JTAG over USB" },
  { name: "DIS_DOWNLOAD_ICACHE", bit: 42, count: 1, effect: "no cache in download mode" },
  { name: "SOFT_DIS_JTAG", bit: 48, count: 3, effect: "JTAG off, by software, too" },
  { name: "DIS_PAD_JTAG", bit: 51, count: 1, effect: "no JTAG at the pins" },
  {
    name: "DIS_DOWNLOAD_MANUAL_ENCRYPT",
    bit: 52,
    count: 1,
    effect: "nothing is encrypted for whoever sits at the cable",
  },
  {
    name: "SPI_BOOT_CRYPT_CNT",
    bit: 82,
    count: 3,
    effect: "flash is decrypted as it is read; with all three bits it stays so",
  },
  { name: "SECURE_BOOT_KEY_REVOKE1", bit: 86, count: 1, effect: "no second key can be added" },
  { name: "SECURE_BOOT_KEY_REVOKE2", bit: 87, count: 1, effect: "no third key can be added" },
  { name: "SECURE_BOOT_EN", bit: 116, count: 1, effect: "the ROM starts a signed bootloader only" },
  { name: "DIS_DOWNLOAD_MODE", bit: 128, count: 1, effect: "the cable takes no software any more" },
  {
    name: "DIS_DIRECT_BOOT",
    bit: 129,
    count: 1,
    effect: "no start from flash past the bootloader",
  },
  { name: "WR_DIS", bit: 0, count: 32, effect: "fuses that nobody can burn further" },
];

function field(fuseFile: Uint8Array, bit: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index++) {
    const at = bit + index;
    if (((fuseFile[at >> 3] ?? 0) >> (at & 7)) & 1) value += 2 ** index;
  }
  return value;
}

/** One line a fuse that is not as it was. */
export function burnt(before: Uint8Array, after: Uint8Array): string[] {
  const lines = fuses.flatMap(({ name, bit, count, effect }) => {
    const value = field(after, bit, count);
    if (value === field(before, bit, count)) return [];
    return [`${name} = 0x${value.toString(16)}: ${effect}`];
  });
  for (let key = 0; key < 6; key++) {
    const purpose = field(after, 88 + 4 * key, 4);
    if (purpose !== field(before, 88 + 4 * key, 4))
      lines.push(`KEY${key}: ${keyPurposes[purpose] ?? `purpose ${purpose}`}`);
  }
  return lines;
}

/** The bits without which a unit is not locked. */
export function unlocked(fuseFile: Uint8Array): string[] {
  const wanted = [
    ["SECURE_BOOT_EN", 116, 1, 1],
    ["SPI_BOOT_CRYPT_CNT", 82, 3, 7],
    ["DIS_DOWNLOAD_MODE", 128, 1, 1],
    ["DIS_PAD_JTAG", 51, 1, 1],
  ] as const;
  return wanted.flatMap(([name, bit, count, value]) =>
    field(fuseFile, bit, count) === value ? [] : [`${name} is not burnt`],
  );
}
