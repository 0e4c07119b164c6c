import test from "ava";
import {
  checkCharacter,
  formatSerial,
  generateId,
  generateSerial,
  normaliseSerial,
} from "../../provisioning/serial.ts";

test("the check character is that of ISO/IEC 7064 MOD 37-2", (t) => {
  // A published example: the blood donation number G1234 98 654321 of ISBT 128 checks as H.
  t.is(checkCharacter("G123498654321"), "H");
});

test("every single wrong character and every swap of neighbours is found", (t) => {
  const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (let index = 0; index < 50; index++) {
    const serial = generateSerial();
    for (let at = 0; at < serial.length; at++) {
      const [head, tail] = [serial.slice(0, at), serial.slice(at + 1)];
      for (const other of alphabet)
        if (other !== serial[at] && normaliseSerial(head + other + tail) !== undefined)
          return t.fail(`${serial}: ${other} at ${at} went unnoticed`);
      const next = tail[0] ?? serial[at]!;
      const swapped = head + next + serial[at]! + tail.slice(1);
      if (next !== serial[at] && normaliseSerial(swapped) !== undefined)
        return t.fail(`${serial}: a swap at ${at} went unnoticed`);
    }
  }
  t.pass();
});

test("a serial is read as people write it", (t) => {
  const serial = generateSerial();
  t.regex(serial, /^[0-9A-HJKMNP-TV-Z]{12}$/);
  t.is(normaliseSerial(formatSerial(serial)), serial);
  t.is(normaliseSerial(serial.toLowerCase().replace(/0/g, "o").replace(/1/g, "l")), serial);
  t.is(normaliseSerial(serial.slice(1)), undefined);
});

test("neither serials nor ids count up, repeat or follow from each other", (t) => {
  const serials = Array.from({ length: 20_000 }, generateSerial);
  const ids = Array.from({ length: 20_000 }, generateId);
  t.is(new Set(serials).size, serials.length);
  t.is(new Set(ids).size, ids.length);
  for (const id of ids) if (!/^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(id)) t.fail(id);
  for (const names of [serials, ids]) {
    const rising = names.filter((name, index) => index > 0 && name > names[index - 1]!).length;
    // Half of the neighbours rise; 6 standard deviations of a binomial around it.
    t.true(Math.abs(rising - 10_000) < 6 * 41);
  }
  t.false(serials.some((serial, index) => ids[index]!.toUpperCase().includes(serial.slice(0, 8))));
});
