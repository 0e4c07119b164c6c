/** The chip's root: the board of this build (manifest.json, by platform) is given to the firmware. */
import { startFirmware } from "./firmware.ts";
import { openBoard } from "./platform/moddable/board.ts";
import { confinedProduct } from "./platform/moddable/product.ts";

startFirmware(openBoard(), confinedProduct());
