/** The simulator's root inside an engine, of a firmware that updates itself. */
import about from "../../device/about/product.json" with { type: "json" };
import { start } from "../../device/device.ts";
import { encodeText } from "../../device/platform/text.ts";
import { mirrors } from "../../device/update/endpoint.ts";
import { firstRoot } from "../../device/update/root.ts";
import { updatesFrom } from "../../device/update/update.ts";
import { boardPlatform } from "./board-shim.ts";
import { confinedProduct } from "./confined.ts";
import { receiveEvents } from "./host.ts";

const { model, supportEnd } = about;
const root = encodeText(firstRoot);
const update = updatesFrom({ root, product: model, supportEnd, mirrors });

const confined = confinedProduct();

receiveEvents((boot) => start(boardPlatform(boot), confined, update));
