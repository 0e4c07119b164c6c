/** The process's standard input and output. */
import { boardNative } from "../../device/platform/moddable/linux/board-native.ts";
import type { Line } from "./line.ts";

export const openLine = (): Line => boardNative;
