/** The simulator's root for sweeps: the whole firmware, with a network and a release of its own. */
import { start } from "../../../device/device.ts";
import { boardPlatform } from "../../runtime/board-shim.ts";
import { confinedProduct } from "../../runtime/confined.ts";
import { receiveEvents } from "../../runtime/host.ts";
import { brokerAnswering } from "./broker.ts";
import { feed } from "./feed.ts";
import { loopback } from "./loopback.ts";

const hosts = { "broker.thirteen.test": brokerAnswering };

const product = confinedProduct();

receiveEvents((boot) => start(loopback(boardPlatform(boot), hosts), product, feed));
