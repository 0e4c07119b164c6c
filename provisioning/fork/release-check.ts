/**
 * What must not leave the house: names, contacts and dates of the sample, keys made for development,
 * debug settings. Each finding says where it is and what to do (EN 303 645 5.3-13, 5.4-3, 5.6-4).
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { policyFaults, securityTxtFaults } from "../documents/lint.ts";
import { type Product, productFaults } from "../documents/product.ts";
import { type Published, shortened } from "../documents/support.ts";

export interface Finding {
  /** Product, documents, keys, settings. */
  readonly area: "product" | "documents" | "keys" | "settings" | "code";
  readonly where: string;
  readonly what: string;
  readonly todo: string;
}

/** The reference product's own values, which nobody may ship. */
const sample: Readonly<Partial<Record<keyof Product, string>>> = {
  name: "Thirteen Lamp",
  model: "T13-LAMP-1",
  maker: "Sample Maker Ltd",
  address: "1 Sample Street, Sampletown",
};
const productFile = "device/about/product.json";
const historyFile = "provisioning/documents/data/support-history.json";

/** All that is left to do in the project at `root`, as of `today` (YYYY-MM-DD). */
export function releaseFindings(root: string, today: string): Finding[] {
  const product = readJson<Product>(root, productFile);
  return [
    ...productFindings(product, readJson<Published[]>(root, historyFile) ?? [], today),
    ...documentFindings(root, product, today),
    ...keyFindings(root),
    ...settingFindings(root),
    ...codeFindings(root),
  ];
}

export function productFindings(
  product: Product | undefined,
  history: readonly Published[],
  today: string,
): Finding[] {
  const found: Finding[] = [];
  const add = (field: string, what: string, todo: string) =>
    found.push({ area: "product", where: `${productFile}: ${field}`, what, todo });
  if (!product) {
    add("", "cannot be read", "restore it, and fill every field");
    return found;
  }
  for (const fault of productFaults(product)) add(fault.split(":")[0] ?? "", fault, "fill it in");
  if (product.sample !== false)
    add("sample", "says that this is a sample", "set it to false once every field is yours");
  for (const [field, value] of Object.entries(sample))
    if (product[field as keyof Product] === value)
      add(field, `is the sample's "${value}"`, "write your own");
  for (const [field, value] of Object.entries(product))
    if (
      typeof value === "string" &&
      /\.example\b|@example\.|sample/i.test(value) &&
      sample[field as keyof Product] !== value
    )
      add(field, `"${value}" leads nowhere`, "write one that reaches you");
  if (product.supportEnd <= today)
    add("supportEnd", `support ended on ${product.supportEnd}`, "extend it, or do not sell this");
  if (product.securityTxtExpires <= today)
    add("securityTxtExpires", "security.txt has expired", "raise it, by a year at most");
  for (const fault of shortened({ ...product, sample: false }, history))
    add("supportEnd", fault, "see the history file");
  return found;
}

function documentFindings(root: string, product: Product | undefined, today: string): Finding[] {
  const found: Finding[] = [];
  const page = (path: string, faults: (text: string) => string[]) => {
    const text = readText(root, path);
    const all = text === undefined ? ["it is not there"] : faults(text);
    for (const what of all)
      found.push({
        area: "documents",
        where: path,
        what,
        todo: "run npm run documents, and read what it wrote",
      });
  };
  const holds = (text: string, value: string | undefined) =>
    value && !text.includes(value) ? [`it does not say ${value}`] : [];
  page("docs/product/vulnerability-disclosure.md", policyFaults);
  page("docs/product/security.txt", (text) => securityTxtFaults(text, today));
  page("docs/product/support-policy.md", (text) => holds(text, product?.supportEnd));
  page("device/about/security-txt.ts", (text) => holds(text, product?.securityContact));
  return found;
}

/** Folders in which a desk or a trial keeps keys: none may lie in what is shipped or published. */
const keyFolders = [".desk", "factory", "release-desk", "units"];

function keyFindings(root: string): Finding[] {
  return keyFolders
    .filter((name) => existsSync(join(root, name)) && readdirSync(join(root, name)).length > 0)
    .map((name) => ({
      area: "keys" as const,
      where: `${name}/`,
      what: "keys made on this machine lie inside the project",
      todo: "move the ones you mean to keep to where only you can read them, and remove the folder",
    }));
}

interface Setting {
  readonly wrong: RegExp;
  readonly what: string;
  readonly todo: string;
}

/** ESP-IDF settings that a release must not have. */
const settings: readonly Setting[] = [
  {
    wrong: /^CONFIG_BOOTLOADER_SKIP_VALIDATE_ALWAYS=y/m,
    what: "the bootloader skips validation",
    todo: "set it to n",
  },
  {
    wrong: /^CONFIG_ESP_COREDUMP_ENABLE_TO_UART=y/m,
    what: "core dumps go to the serial port",
    todo: "set CONFIG_ESP_COREDUMP_ENABLE_TO_NONE=y",
  },
  {
    wrong: /^CONFIG_SECURE_BOOT_ALLOW_JTAG=y/m,
    what: "JTAG stays open under secure boot",
    todo: "set it to n",
  },
  {
    wrong: /^CONFIG_SECURE_FLASH_ENCRYPTION_MODE_DEVELOPMENT=y/m,
    what: "flash encryption is in development mode",
    todo: "set CONFIG_SECURE_FLASH_ENCRYPTION_MODE_RELEASE=y",
  },
  {
    wrong: /^CONFIG_SECURE_BOOT_INSECURE=y/m,
    what: "secure boot is declared insecure",
    todo: "set it to n",
  },
  {
    wrong: /^CONFIG_ESP_CONSOLE_(?:UART_DEFAULT|USB_SERIAL_JTAG|UART)=y/m,
    what: "a console is on",
    todo: "set CONFIG_ESP_CONSOLE_NONE=y",
  },
  {
    wrong: /^CONFIG_LOG_DEFAULT_LEVEL_(?:INFO|DEBUG|VERBOSE)=y/m,
    what: "the log is chatty",
    todo: "set CONFIG_LOG_DEFAULT_LEVEL_NONE=y",
  },
  {
    wrong: /^CONFIG_ESP_SYSTEM_PANIC_(?:GDBSTUB|PRINT_HALT)=y/m,
    what: "a panic waits for a debugger",
    todo: "set CONFIG_ESP_SYSTEM_PANIC_SILENT_REBOOT=y",
  },
  {
    wrong: /^CONFIG_ESP_SYSTEM_MEMPROT_FEATURE=n/m,
    what: "memory protection is off",
    todo: "remove the line",
  },
];

/** Faults of one settings file of a release. */
export function settingFaults(text: string): Omit<Setting, "wrong">[] {
  return settings.filter(({ wrong }) => wrong.test(text)).map(({ what, todo }) => ({ what, todo }));
}

/** Of each board's release: what it sets and what a release must not. */
function settingFindings(root: string): Finding[] {
  const boards = join(root, "device/platform/boards");
  if (!existsSync(boards)) return [];
  return readdirSync(boards, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.endsWith("-emulated"))
    .flatMap(({ name }) => {
      const folder = `device/platform/boards/${name}/sdkconfig`;
      const files = ["sdkconfig.defaults", "sdkconfig.defaults.release"].filter((file) =>
        existsSync(join(root, folder, file)),
      );
      // The later file has the last word, as the SDK merges them.
      const merged = merge(files.map((file) => readText(root, `${folder}/${file}`) ?? ""));
      return settingFaults(merged).map(({ what, todo }) => ({
        area: "settings" as const,
        where: `${folder}/sdkconfig.defaults.release`,
        what,
        todo,
      }));
    });
}

function merge(texts: readonly string[]): string {
  const values = new Map<string, string>();
  for (const line of texts.join("\n").split("\n")) {
    const [, name, value] = /^(CONFIG_\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, value ?? "");
  }
  return [...values].map(([name, value]) => `${name}=${value}`).join("\n");
}

function codeFindings(root: string): Finding[] {
  const found: Finding[] = [];
  const version = readText(root, "device/about/version.ts") ?? "";
  const add = (where: string, what: string, todo: string) =>
    found.push({ area: "code", where, what, todo });
  if (/version = "0\.0\.0"/.test(version))
    add("device/about/version.ts", "the version is still 0.0.0", "give the release its version");
  const seconds = Number(/builtSeconds = ([\d_]+)/.exec(version)?.[1]?.replaceAll("_", "") ?? 0);
  if (!(seconds > 1_700_000_000))
    add(
      "device/about/version.ts",
      "builtSeconds is not a time of this firmware",
      "set it to the release's day, in seconds since 1970",
    );
  const name = readJson<{ name?: string }>(root, "package.json")?.name;
  const product = readJson<Product>(root, productFile);
  if (name === "thirteen" && product?.sample === false)
    add("package.json: name", "is the reference's", "name the package after your product");
  return found;
}

function readText(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}

function readJson<Value>(root: string, path: string): Value | undefined {
  try {
    return JSON.parse(readText(root, path) ?? "") as Value;
  } catch {
    return undefined;
  }
}
