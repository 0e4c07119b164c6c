/** Firmware for tests: joins a network, dials once over TLS, says hello and counts what comes. */
import { fromHex } from "../../../device/platform/encoding.ts";
import { decodeText, encodeText } from "../../../device/platform/text.ts";
import { boardPlatform } from "../../../host-sim/runtime/board-shim.ts";
import { receiveEvents } from "../../../host-sim/runtime/host.ts";
import { readOrder } from "./order.ts";

export interface DialOrder {
  SSID: string;
  password: string;
  host: string;
  port: number;
  serverName: string;
  /** DER in hexadecimal. */
  anchors: string[];
  certificate: string[];
  privateKey: string;
  /** Read at most so much, and only every 50 ms. */
  slowly?: number;
  /** Send so many bytes as fast as allowed, in place of "hello". */
  send?: number;
  /** Write more than allowed. */
  greedy?: boolean;
}

receiveEvents((boot) => {
  const platform = boardPlatform(boot);
  const order = readOrder<DialOrder>(platform);
  const { trace, timer, network } = platform;
  const der = (text: string) => fromHex(text) ?? new Uint8Array(0);
  let received = 0;
  let sent = 0;
  let grants = 0;

  function dial(): void {
    const socket = new network.TLS({
      host: order.host,
      port: order.port,
      secure: {
        serverName: order.serverName,
        anchors: order.anchors.map(der),
        certificate: order.certificate.map(der),
        privateKey: der(order.privateKey),
      },
      onWritable(bytes) {
        grants++;
        if (order.greedy) {
          try {
            socket.write(new Uint8Array(bytes + 1));
          } catch {
            trace("test", "greed refused");
          }
        }
        if (order.send === undefined) {
          if (grants === 1) socket.write(encodeText("hello"));
          return;
        }
        const part = Math.min(bytes, order.send - sent);
        if (part > 0) socket.write(new Uint8Array(part).map((_, index) => sent + index));
        sent += part;
        trace("test", "sent", { sent, grants });
      },
      onReadable(bytes) {
        if (order.slowly !== undefined) return;
        const data = new Uint8Array(socket.read() ?? new ArrayBuffer(0));
        received += data.length;
        trace("test", "received", {
          bytes,
          received,
          text: decodeText(data.subarray(0, 20)) ?? "?",
        });
      },
      onError(reason) {
        trace("test", "error", { reason: reason ?? "", grants, received, sent });
      },
    });
    if (order.slowly !== undefined) {
      const { slowly } = order;
      const sip = () => {
        received += socket.read(slowly)?.byteLength ?? 0;
        trace("test", "sipped", { received });
        timer.set(sip, 50);
      };
      timer.set(sip, 50);
    }
  }

  const station = new network.Interface({
    onChanged(property) {
      trace("test", "wifi", {
        property,
        connection: station.connection,
        address: station.address ?? "",
        failure: station.failure ?? "",
      });
      if (property === "connection" && station.connection === 3) dial();
    },
  });
  station.connect({ SSID: order.SSID, password: order.password });
});
