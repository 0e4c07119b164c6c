/** The simulator's root inside an engine: gathers the board and starts the device. */
import { start } from "../../device/device.ts";
import { boardPlatform } from "./board-shim.ts";
import { confinedProduct } from "./confined.ts";
import { receiveEvents } from "./host.ts";

const product = confinedProduct();

receiveEvents((boot) => start(boardPlatform(boot), product));
