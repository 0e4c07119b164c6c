/**
 * Firmware for tests: opens an access point with an echo on port 80; on the button closes the
 * listener, on the next press the access point.
 */
import { boardPlatform } from "../../../host-sim/runtime/board-shim.ts";
import { receiveEvents } from "../../../host-sim/runtime/host.ts";

receiveEvents((boot) => {
  const platform = boardPlatform(boot);
  const { trace, network } = platform;
  const accessPoint = new network.AccessPoint({ SSID: "Thirteen-TEST" });
  const listener = new network.Listener({
    port: 80,
    onReadable() {
      for (let from = listener.read(); from; from = listener.read()) {
        trace("test", "accepted", { from: from.remoteAddress ?? "" });
        const echo = new network.TCP({
          from,
          onReadable() {
            const data = echo.read();
            if (data) echo.write(data);
          },
          onError(reason) {
            trace("test", "gone", { reason: reason ?? "" });
          },
        });
        let usable = true;
        try {
          from.write(new Uint8Array(1));
        } catch {
          usable = false;
        }
        trace("test", "handed over", { oldEndUsable: usable });
      }
    },
  });
  let presses = 0;
  const button = new platform.Digital({
    pin: platform.board.button,
    mode: "input",
    onReadable() {
      if (button.read() === 0) return;
      presses++;
      if (presses === 1) listener.close();
      if (presses === 2) accessPoint.close();
    },
  });
});
