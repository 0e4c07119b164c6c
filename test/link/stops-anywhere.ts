import type { Link } from "../../device/link/link.ts";
import { encodeText } from "../../device/platform/text.ts";
import type { Check } from "../suite.ts";
import type { FakeSocket } from "./fake-net.ts";
import { bench, command, welcome } from "./link-desk.ts";
import { bytes, server } from "./wire.ts";

/** Stops at the n-th callback of a busy life, for every n; nothing may follow but silence. */
export function stopsAnywhere(check: Check): void {
  for (let stopAt = 1; stopAt < 12; stopAt++) {
    let calls = 0;
    const stopping = () => {
      calls++;
      if (calls === stopAt) desk.link.stop();
      else check.ok(calls < stopAt || afterStop(), `call ${calls} after stop at ${stopAt}`);
    };
    // `stop` itself reports "stopped", once.
    const afterStop = () => calls === stopAt + 1;
    const desk = bench({
      onState: stopping,
      onCommand: stopping,
      onRefused: stopping,
      onAcknowledged: stopping,
    });
    desk.link.start();
    for (let round = 0; round < 3; round++) {
      const socket = desk.net.last;
      if (!socket.closed) busyLife(socket, desk.link);
      desk.net.advance(10_000);
    }
    check.ok(calls >= stopAt, `${calls} callbacks`);
    desk.link.stop();
    check.ok(desk.net.last.closed && desk.net.pendingTimers === 0, `stop at ${stopAt}`);
    const dialled = desk.net.sockets.length;
    calls = -1_000;
    desk.link.start();
    check.equal(desk.net.sockets.length, dialled + 1, "started again");
  }
}

function busyLife(socket: FakeSocket, link: Link): void {
  link.publish("event", encodeText("e"));
  const flight = welcome(socket);
  const id = flight[3]?.packetId ?? 0;
  if (socket.closed) return;
  const order = server.publish({ topic: command, payload: encodeText("on"), packetId: 2 });
  const huge = server.publish({ topic: command, payload: new Uint8Array(3_000), packetId: 3 });
  socket.deliver(bytes(order, huge, order, server.puback(id), order));
  socket.fail();
}
