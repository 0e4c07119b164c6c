/** The board's TLS, with the bench for a name service. */
import SdkTCP from "embedded:io/socket/tcp";
import type { Timer, TLSConstructor, TLSOptions } from "../../platform.ts";
import Session from "../tls/tls-native.ts";
import { tlsOver } from "../tls/tls-socket.ts";
import { type Bench, benchRoutes } from "./bench.ts";

export function benchTls(bench: Bench, timer: Timer): TLSConstructor {
  const routes = benchRoutes(bench);
  const TLS = tlsOver({
    Session,
    Dial: SdkTCP as never,
    // Routes lead to addresses; a name that has none is not known.
    resolve: (host, done) => {
      const last = host.charCodeAt(host.length - 1);
      const numeric = last >= 0x30 && last <= 0x39;
      timer.set(() => done(numeric ? host : undefined), 0);
    },
    timer,
  });
  return class RoutedTLS extends TLS {
    constructor(options: TLSOptions) {
      const route = routes(options.host, options.port);
      super(route ? { ...options, host: route.address, port: route.at } : options);
    }
  };
}
