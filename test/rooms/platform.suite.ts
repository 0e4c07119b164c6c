import {
  equalBytes,
  fromBase64url,
  fromHex,
  toBase64url,
  toHex,
} from "../../device/platform/encoding.ts";
import { decodeText, encodeText } from "../../device/platform/text.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Suite } from "../suite.ts";

const hex = (text: string) => fromHex(text) as Uint8Array;

export const suites: readonly Suite[] = [
  {
    room: "platform",
    cases: {
      "text survives the way through UTF-8": (check) => {
        for (const text of ["", "lamp", "Grüße", "日本語", "🪔 on", "\u0000"]) {
          const bytes = encodeText(text);
          check.equal(decodeText(bytes), text);
        }
        check.equal(toHex(encodeText("é€😀")), "c3a9e282acf09f9880");
        check.equal(toHex(encodeText("a\ud800b")), "61efbfbd62", "lone surrogate");
      },
      "malformed UTF-8 is refused: overlong, surrogate, too high, cut short, stray": (check) => {
        for (const text of [
          "c080",
          "e08080",
          "f0808080",
          "eda080",
          "f4908080",
          "f5808080",
          "c3",
          "e282",
          "80",
          "ff",
          "c328",
        ])
          check.equal(decodeText(hex(text)), undefined, text);
      },
      "base64url of RFC 4648 section 10, unpadded, and in one spelling only": (check) => {
        const vectors = [
          ["", ""],
          ["f", "Zg"],
          ["fo", "Zm8"],
          ["foo", "Zm9v"],
          ["foob", "Zm9vYg"],
          ["fooba", "Zm9vYmE"],
          ["foobar", "Zm9vYmFy"],
        ] as const;
        for (const [text, spelt] of vectors) {
          check.equal(toBase64url(encodeText(text)), spelt);
          check.equal(fromBase64url(spelt), encodeText(text));
        }
        for (const bad of ["Zh", "Zm9", "Zg==", "Z", "Zm 9", "Zm+v", "Zm/v", "Z\n"])
          check.equal(fromBase64url(bad), undefined, bad);
        const random = prng(1);
        for (let length = 0; length < 64; length++) {
          const bytes = randomBytes(random, length);
          check.equal(fromBase64url(toBase64url(bytes)), bytes);
          check.equal(fromHex(toHex(bytes)), bytes);
        }
        for (const bad of ["0", "0g", " 0"]) check.equal(fromHex(bad), undefined, bad);
      },
      "bytes are equal when they are, whatever their length": (check) => {
        check.ok(equalBytes(hex("0102"), hex("0102")));
        check.ok(!equalBytes(hex("0102"), hex("0103")));
        check.ok(!equalBytes(hex("0102"), hex("010200")));
        check.ok(!equalBytes(hex("010200"), hex("0102")));
      },
    },
  },
];
