import test from "ava";
import product from "../../device/about/product.json" with { type: "json" };
import {
  drawLabel,
  labelPayload,
  parseLabelPayload,
  ssidSuffix,
} from "../../provisioning/label.ts";
import { labelSvg } from "../../provisioning/label-svg.ts";
import { readQr } from "../../provisioning/qr-reader.ts";
import { formatSerial, generateId, generateSerial } from "../../provisioning/serial.ts";
import { formatPassword, generatePassword } from "../../provisioning/set-up-password.ts";
import { blackOfPdf, blackOfSvg, type Drawn, decode } from "./label-decoder.ts";

function content() {
  return {
    serial: generateSerial(),
    password: generatePassword(),
    ssidSuffix: ssidSuffix(generateId()),
  };
}

/** The code as it would be printed: from the picture's path, not from the library. */
function modulesOf(svg: string): boolean[][] {
  const path = / d="([^"]+)"/.exec(svg)?.[1] ?? "";
  const modules = Array.from({ length: 29 }, () => new Array<boolean>(29).fill(false));
  for (const [, x, y, run, back] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)) {
    if (run !== back) throw new Error("an open run");
    modules[Number(y)]!.fill(true, Number(x), Number(x) + Number(run));
  }
  return modules;
}

/** From the text's half blocks: on a terminal the dark ground shows as blank. */
function modulesOfText(text: string): boolean[][] {
  const lines = text.split("\n").filter((line) => /^[█▀▄ ]{30,}$/.test(line));
  const rows = lines.flatMap((line) => [
    [...line].map((character) => character !== "█" && character !== "▀"),
    [...line].map((character) => character !== "█" && character !== "▄"),
  ]);
  const quiet = 4;
  return rows.slice(quiet, quiet + 29).map((row) => row.slice(quiet, quiet + 29));
}

test("what is printed is what the unit is: picture, text and code agree", (t) => {
  for (let index = 0; index < 20; index++) {
    const unit = content();
    const label = drawLabel(unit);
    t.is(readQr(modulesOf(label.svg)), label.qr);
    t.is(readQr(modulesOfText(label.text)), label.qr);
    t.deepEqual(parseLabelPayload(label.qr), unit);
    for (const form of [label.svg, label.text])
      for (const line of [
        formatSerial(unit.serial),
        formatPassword(unit.password),
        `Thirteen-${unit.ssidSuffix}`,
        product.name,
        product.supportEnd,
        product.securityContact.replace("mailto:", ""),
      ])
        t.true(form.includes(line), line);
  }
});

test("control: one module the other way round is another text, or none", (t) => {
  const label = drawLabel(content());
  const modules = modulesOf(label.svg);
  modules[28]![26] = !modules[28]![26];
  let read: string | undefined;
  try {
    read = readQr(modules);
  } catch {
    read = undefined;
  }
  t.not(read, label.qr);
});

test("a decoder that is none of ours reads the same code off picture and PDF", async (t) => {
  for (let index = 0; index < 5; index++) {
    const label = drawLabel(content());
    t.deepEqual(await decode(blackOfSvg(label.svg)), [label.qr]);
    t.deepEqual(await decode(blackOfPdf(Buffer.from(label.pdf).toString("latin1"))), [label.qr]);
  }
});

test("control: a code in a wrong scale, half printed or with a finder missing is read by nobody", async (t) => {
  const drawn = blackOfSvg(drawLabel(content()).svg);
  const { width, height, black } = drawn;
  const without = (isGone: (one: Drawn["black"][number]) => boolean) => ({
    ...drawn,
    black: black.filter((one) => !isGone(one)),
  });
  const squeezed = black.map((one) => ({ ...one, y: one.y / 6, height: one.height / 6 }));
  t.deepEqual(await decode({ width, height, black: squeezed }), []);
  t.deepEqual(await decode(without(({ y }) => y > 13)), []);
  t.deepEqual(await decode(without(({ x, y }) => x < 43.3 && y < 8)), []);
});

test("a code that is not ours, or was altered, is refused", (t) => {
  const unit = content();
  const payload = labelPayload(unit);
  t.deepEqual(parseLabelPayload(payload), unit);
  const otherCheck = unit.serial.at(-1) === "0" ? "1" : "0";
  for (const altered of [
    "",
    payload.slice(1),
    `${payload}:`,
    `${payload}\n`,
    payload.toLowerCase(),
    payload.replace("T13:1:", "T13:2:"),
    payload.replace(unit.serial, unit.serial.slice(0, -1) + otherCheck),
    payload.replace(unit.password, `${unit.password.slice(1)}U`),
    payload.replace(unit.password, unit.password.slice(1)),
    "https://sample.example/",
  ])
    t.is(parseLabelPayload(altered), undefined, altered);
});

test("the picture holds no style, script or outside reference, and quotes what it is given", (t) => {
  const { svg } = drawLabel(content());
  t.notRegex(svg, /<style|style=|<script|href|url\(|on\w+=/i);
  const hostile = '"/><script>alert(1)</script>&';
  const lines = {
    name: hostile,
    maker: hostile,
    password: hostile,
    network: hostile,
    serial: hostile,
    support: hostile,
    contact: hostile,
  };
  const drawn = labelSvg(lines, [[true]]);
  t.notRegex(drawn, /<script|"\/>&|&(?!#\d+;)/);
  t.true(drawn.includes("&#60;script&#62;"));
});

test("a fork's long names stay beside the code", (t) => {
  const long = "The Extraordinarily Long-Named Illumination Company of Sampletown";
  const lines = {
    name: long,
    maker: long,
    password: "P",
    network: "N",
    serial: "S",
    support: "D",
    contact: long,
  };
  const widths = [...labelSvg(lines, [[true]]).matchAll(/textLength="(\d+)"/g)].map(([, width]) =>
    Number(width),
  );
  t.is(widths.length, 4);
  t.true(widths.every((width) => width <= 32));
});
