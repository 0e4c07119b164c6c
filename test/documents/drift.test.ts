import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import test from "ava";
import { sources } from "../conformance/ixit/source.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { drifted, productDocuments } from "./all.ts";
import { another, product } from "./product.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");

test("every document is as code and data have it now (else: npm run documents)", (t) => {
  t.deepEqual(drifted(), []);
});

test("a date or a contact changed in one place changes every document that has it, or fails here", (t) => {
  const later = productDocuments({ ...product, supportEnd: "2033-10-31" });
  t.true(drifted(later).includes("docs/product/support-policy.md"));
  t.true(drifted(later).includes("docs/product/statement-of-compliance.md"));
  const moved = productDocuments({ ...product, securityContact: another.securityContact });
  for (const path of [
    ".well-known/security.txt",
    "device/about/security-txt.ts",
    "docs/product/vulnerability-disclosure.md",
  ])
    t.true(drifted(moved).includes(path), path);
});

/** Markdown of the project, without what is installed or built. */
const pages = [
  "README.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...sources("docs", ".md"),
  ...sources("test", ".md"),
];

/** Links of a page that lead nowhere in the repository. */
function deadLinks(page: string, text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^(https?:|mailto:)/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(projectRoot, file))) return true;
      return anchor !== undefined && !anchors(read(file)).includes(anchor);
    })
    .map((link) => `${page}: ${link}`);
}

/** As GitHub makes them. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("every link within the repository leads somewhere", (t) => {
  t.deepEqual(
    pages.flatMap((page) => deadLinks(page, read(page))),
    [],
  );
  t.deepEqual(deadLinks("README.md", "[a](docs/nothing.md) [b](#nowhere) [c](docs/limits.md)"), [
    "README.md: docs/nothing.md",
    "README.md: #nowhere",
  ]);
});

/** What a key, a password or a token looks like, wherever it lies. */
const secrets: readonly [string, RegExp][] = [
  ["a private key", /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}/],
  ["a PKCS#8 key in base64", /\bMIG[HT]AgEA[A-Za-z0-9+/]{60}/],
  [
    "an access key",
    /\b(?:AKIA[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[baprs]-[A-Za-z0-9-]{20,})/,
  ],
  ["a JSON web token", /\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{40,}/],
  [
    "a password in code",
    /\b(?:password|passphrase|secret)\b\s*[:=]\s*["'](?!.*(?:sample|test|wrong|another|guess))[A-Za-z0-9+/]{20,}["']/i,
  ],
];

function secretsIn(text: string): string[] {
  return secrets.filter(([, looks]) => looks.test(text)).map(([name]) => name);
}

test("no key, password or token is in a file of the project", (t) => {
  const files = ["device", "host-sim", "provisioning", "docs"].flatMap((folder) =>
    [".ts", ".tsx", ".json", ".c", ".h", ".md", ".csv"].flatMap((ending) =>
      sources(folder, ending),
    ),
  );
  t.true(files.length > 200);
  const found = files.flatMap((file) => secretsIn(read(file)).map((what) => `${file}: ${what}`));
  t.deepEqual(found, []);
});

test("control: each kind of secret is found when it is there", (t) => {
  const body = "A".repeat(64);
  t.deepEqual(secretsIn(`-----BEGIN ${"PRIVATE"} KEY-----\n${body}`), ["a private key"]);
  t.deepEqual(secretsIn(`MIGHAgEA${body}`), ["a PKCS#8 key in base64"]);
  t.deepEqual(secretsIn(`AKIA${"A1".repeat(8)}`), ["an access key"]);
  t.deepEqual(secretsIn(`eyJ${body}.eyJ${body}.${body}`), ["a JSON web token"]);
  t.deepEqual(secretsIn(`password = "${"Zx9".repeat(8)}"`), ["a password in code"]);
});
