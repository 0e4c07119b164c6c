/**
 * The simulator's root for sweeps of a whole update: the firmware with its real update client, a
 * broker with an owner who says "now", and a web host with a repository, all of it inside the engine.
 */
import about from "../../../device/about/product.json" with { type: "json" };
import { start } from "../../../device/device.ts";
import { mirrors } from "../../../device/update/endpoint.ts";
import { firstRoot } from "../../../device/update/root.ts";
import { updatesFrom } from "../../../device/update/update.ts";
import { boardPlatform } from "../../runtime/board-shim.ts";
import { confinedProduct } from "../../runtime/confined.ts";
import { receiveEvents } from "../../runtime/host.ts";
import { brokerAnswering } from "./broker.ts";
import { hostChecked } from "./host-crypto.ts";
import { loopback } from "./loopback.ts";
import { webHostAnswering } from "./web-host.ts";

const { model, supportEnd } = about;
const order = JSON.stringify({ v: 1, id: "now", update: "install" });

const confined = confinedProduct();

receiveEvents((boot) => {
  const board = boardPlatform(boot);
  const hosts = {
    "broker.thirteen.test": () => brokerAnswering(order),
    [(mirrors[0] as (typeof mirrors)[number]).host]: () => webHostAnswering(board.flash),
  };
  const platform = { ...loopback(board, hosts), crypto: hostChecked(board.crypto) };
  start(platform, confined, updatesFrom({ root: firstRoot, product: model, supportEnd, mirrors }));
});
