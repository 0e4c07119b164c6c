/** The emulated chip's second serial port. */
import { emulatedNative } from "../../device/platform/moddable/emulated/emulated-native.ts";
import type { Line } from "./line.ts";

export function openLine(): Line {
  emulatedNative.openBench();
  return emulatedNative;
}
