/** The simulator's root inside an engine, of a firmware that updates itself. */
import { startFirmware } from "../../device/firmware.ts";
import { boardPlatform } from "./board-shim.ts";
import { confinedProduct } from "./confined.ts";
import { receiveEvents } from "./host.ts";

const confined = confinedProduct();

receiveEvents((boot) => startFirmware(boardPlatform(boot), confined));
