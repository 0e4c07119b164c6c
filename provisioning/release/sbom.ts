/** The component list that a release cannot do without (CycloneDX JSON 1.4 to 1.7). */
import { Fault } from "../fault.ts";
import { readOptionalFile } from "../private-file.ts";

const versions = ["1.4", "1.5", "1.6", "1.7"];
const types = [
  "application",
  "framework",
  "library",
  "container",
  "platform",
  "operating-system",
  "device",
  "device-driver",
  "firmware",
  "file",
  "machine-learning-model",
  "data",
  "cryptographic-asset",
];

/** The file's bytes. @throws Fault when it is not there, or not a component list that lists anything. */
export function readSbom(file: string): Buffer {
  const bytes = readOptionalFile(file);
  if (!bytes) throw new Fault(`${file}: no such file; give the release's component list (SBOM)`);
  const fault = sbomFault(parse(bytes));
  if (fault) throw new Fault(`${file}: ${fault}; give a CycloneDX JSON document`);
  return bytes;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function sbomFault(document: unknown): string | undefined {
  if (!isRecord(document)) return "not JSON";
  if (document.bomFormat !== "CycloneDX") return "not CycloneDX (bomFormat)";
  if (!versions.includes(String(document.specVersion)))
    return `CycloneDX ${document.specVersion ?? "without specVersion"} is not known`;
  const { components } = document;
  if (!Array.isArray(components) || components.length === 0) return "no components in it";
  const bad = components.findIndex((component) => !isComponent(component));
  return bad < 0 ? undefined : `component ${bad + 1} has no type, name or version`;
}

function isComponent(value: unknown): boolean {
  return (
    isRecord(value) &&
    types.includes(String(value.type)) &&
    isText(value.name) &&
    isText(value.version)
  );
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
