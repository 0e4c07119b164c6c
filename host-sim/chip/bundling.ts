/** What the bundler is told of every module that the SDK's engine is to run: firmware, bench and suites. */
import type { BuildOptions } from "esbuild";

/** Modules that the SDK brings: they are imported when the program starts. */
const ofTheSdk = ["embedded:*", "mc/*", "modules", "timer", "crypt", "net", "wifi"];

export const forTheSdk = {
  bundle: true,
  format: "esm",
  // XS 17 has all of it; what is older would make a WeakMap of every private field.
  target: "es2022",
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ofTheSdk,
  loader: { ".csv": "text" },
  legalComments: "none",
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  logLevel: "silent",
} as const satisfies BuildOptions;
