/** Modules of the Moddable SDK and of our build, as far as we use them. */
declare module "timer" {
  const Timer: {
    set(callback: () => void, delayMs: number): object;
    repeat(callback: () => void, periodMs: number): object;
    clear(timer: object): void;
  };
  export default Timer;
}

declare module "crypt" {
  export class Digest {
    constructor(type: "SHA256");
    write(bytes: ArrayBuffer | Uint8Array): void;
    close(): ArrayBuffer;
  }
}

declare module "embedded:io/socket/tcp" {
  /** ECMA-419 10.2. */
  export default class TCP {
    constructor(
      options: {
        onReadable?: (bytes: number) => void;
        onWritable?: (bytes: number) => void;
        onError?: () => void;
      } & ({ address: string; port: number; nodelay?: boolean } | { from: TCP }),
    );
    readonly remoteAddress: string;
    read(byteLength?: number): ArrayBuffer | undefined;
    write(buffer: ArrayBuffer | Uint8Array): void;
    close(): void;
  }
}

declare module "embedded:io/socket/listener" {
  import type TCP from "embedded:io/socket/tcp";
  export default class Listener {
    constructor(options: {
      port: number;
      address?: string;
      onReadable: (requests: number) => void;
    });
    readonly port: number;
    read(): TCP | undefined;
    close(): void;
  }
}

declare module "embedded:io/digital" {
  /** ECMA-419 9.2. */
  export default class Digital {
    static readonly InputPullUp: number;
    static readonly Output: number;
    static readonly Rising: number;
    static readonly Falling: number;
    constructor(options: {
      pin: number;
      mode: number;
      edge?: number;
      initialValue?: number;
      onReadable?: () => void;
    });
    read(): number;
    write(value: number): void;
    close(): void;
  }
}

declare module "embedded:io/i2c" {
  const I2C: new (options: object) => object;
  export default I2C;
}

declare module "embedded:sensor/Humidity-Temperature/SHT3x" {
  export default class SHT3x {
    constructor(options: { sensor: object });
    sample(): { thermometer?: { temperature?: number }; hygrometer?: { humidity?: number } };
    close(): void;
  }
}

declare module "embedded:network/interface/wifi" {
  export default class WiFi {
    constructor(options: { onChanged: (property: string) => void });
    readonly connection: number;
    readonly address: string | undefined;
    connect(options: { SSID: string; password?: string }): void;
    disconnect(): void;
    close(): void;
  }
}

declare module "wifi" {
  const WiFi: {
    mode: number;
    readonly Mode: { readonly station: number };
    accessPoint(options: { ssid: string; station: boolean }): void;
  };
  export default WiFi;
}

declare module "net" {
  const Net: {
    resolve(host: string, callback: (host: string, address?: string) => void): void;
  };
  export default Net;
}

declare module "mc/config" {
  /** The `config` of the board's manifest: pins by number. */
  const config: {
    readonly board: string;
    readonly button: number;
    readonly lamp: number;
    readonly i2cData: number;
    readonly i2cClock: number;
  };
  export default config;
}

declare module "board" {
  import type { Platform } from "../platform.ts";
  export const openBoard: () => Platform;
}

declare module "*.csv" {
  const text: string;
  export default text;
}

declare module "factory:../../crypto/noble-hashes.ts" {
  const make: () => typeof import("../../crypto/noble-hashes.ts");
  export default make;
}

declare module "factory:../../crypto/noble-points.ts" {
  const make: () => typeof import("../../crypto/noble-points.ts");
  export default make;
}

declare module "factory:../../crypto/noble-signatures.ts" {
  const make: () => typeof import("../../crypto/noble-signatures.ts");
  export default make;
}

declare module "factory:../../crypto/noble-signing.ts" {
  const make: () => typeof import("../../crypto/noble-signing.ts");
  export default make;
}
declare module "factory:../../crypto/noble-symmetric.ts" {
  const make: () => typeof import("../../crypto/noble-symmetric.ts");
  export default make;
}

/** The SDK's abort hook, where `defines.xs.abortHook` is set. */
declare var abort: ((reason: string, exception: unknown) => void) | undefined;
