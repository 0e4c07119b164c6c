/** The simulator's root inside an engine: gathers the board and starts the device. */
import { start } from "../../device/device.ts";
import { boardPlatform } from "./board-shim.ts";
import { receiveEvents } from "./host.ts";

receiveEvents((boot) => start(boardPlatform(boot)));
