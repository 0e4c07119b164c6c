import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import {
  productFindings,
  releaseFindings,
  settingFaults,
} from "../../provisioning/fork/release-check.ts";
import { projectRoot } from "../conformance/shadow.ts";
import { another, product } from "../documents/product.ts";

const today = "2027-02-01";
const published = [{ model: another.model, published: today, supportEnd: another.supportEnd }];

test("a sample product is named field by field", (t) => {
  const where = productFindings(product, [], today).map((one) => one.where.split(": ")[1]);
  for (const field of [
    "sample",
    "name",
    "model",
    "maker",
    "address",
    "website",
    "securityContact",
    "disclosurePolicy",
    "supportPage",
    "privacyContact",
  ])
    t.true(where.includes(field), field);
  t.deepEqual(productFindings(another, published, today), []);
});

test("each field of the sample that is left, and each date that has passed, is a finding by itself", (t) => {
  const finding = (changes: object) =>
    productFindings({ ...another, ...changes }, published, today)
      .map(({ where, what }) => `${where}: ${what}`)
      .join("; ");
  for (const field of ["name", "model", "maker", "address"] as const)
    t.regex(finding({ [field]: product[field] }), new RegExp(`${field}.*sample`), field);
  t.regex(finding({ securityContact: product.securityContact }), /securityContact.*leads nowhere/);
  t.regex(
    finding({ supportEnd: "2027-01-31", supportStart: "2026-01-01", firstSupplied: "2026-01-02" }),
    /support ended/,
  );
  t.regex(finding({ securityTxtExpires: "2027-01-31" }), /security.txt has expired/);
  t.regex(finding({ supportEnd: "2032-01-31" }), /never shortened/);
  t.regex(finding({ sample: true }), /sample/);
  t.regex(
    productFindings(another, [], today)
      .map(({ what }) => what)
      .join(),
    /support-history/,
  );
  t.regex(productFindings(undefined, [], today)[0]?.what ?? "", /cannot be read/);
});

test("development settings are named one by one", (t) => {
  const wrong = [
    "CONFIG_BOOTLOADER_SKIP_VALIDATE_ALWAYS=y",
    "CONFIG_ESP_COREDUMP_ENABLE_TO_UART=y",
    "CONFIG_SECURE_BOOT_ALLOW_JTAG=y",
    "CONFIG_SECURE_FLASH_ENCRYPTION_MODE_DEVELOPMENT=y",
    "CONFIG_ESP_CONSOLE_UART_DEFAULT=y",
    "CONFIG_LOG_DEFAULT_LEVEL_DEBUG=y",
    "CONFIG_ESP_SYSTEM_PANIC_GDBSTUB=y",
    "CONFIG_ESP_SYSTEM_MEMPROT_FEATURE=n",
  ];
  for (const line of wrong) {
    const faults = settingFaults(`CONFIG_OTHER=y\n${line}\n`);
    t.is(faults.length, 1, line);
    t.true(faults[0]!.todo.length > 8);
  }
  t.deepEqual(settingFaults("CONFIG_BOOTLOADER_SKIP_VALIDATE_ALWAYS=n\n"), []);
  t.deepEqual(
    releaseFindings(projectRoot, today).filter(({ area }) => area === "settings"),
    [],
    "the boards' release settings",
  );
});

test("keys of a trial, documents that are missing and a setting of development are found in a tree", (t) => {
  const root = mkdtempSync(join(tmpdir(), "thirteen-release-"));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write("device/about/product.json", JSON.stringify(another));
  write(
    "device/about/version.ts",
    'export const version = "0.0.0";\nexport const builtSeconds = 0;\n',
  );
  write("units/1/label.txt", "x");
  write(
    "device/platform/boards/c3/sdkconfig/sdkconfig.defaults",
    "CONFIG_ESP_COREDUMP_ENABLE_TO_UART=y\nCONFIG_SECURE_BOOT_ALLOW_JTAG=y\n",
  );
  write(
    "device/platform/boards/c3/sdkconfig/sdkconfig.defaults.release",
    "CONFIG_SECURE_BOOT_ALLOW_JTAG=n\n",
  );
  const found = releaseFindings(root, today);
  const areas = (area: string) => found.filter((one) => one.area === area).map(({ what }) => what);
  t.deepEqual(areas("keys"), ["keys made on this machine lie inside the project"]);
  t.deepEqual(
    areas("settings"),
    ["core dumps go to the serial port"],
    "the release file has the last word",
  );
  t.is(areas("documents").length, 4);
  t.is(areas("code").length, 2);
});
