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

declare module "embedded:storage/flash" {
  import type { FlashStorage } from "../platform.ts";

  const flash: FlashStorage;
  export default flash;
}

declare module "embedded:update" {
  import type { Update } from "../platform.ts";

  const update: Update;
  export default update;
}

declare module "board" {
  import type { Platform } from "../platform.ts";
  export const openBoard: () => Platform;
}

declare module "*.csv" {
  const text: string;
  export default text;
}

declare module "factory:../../crypto/noble-ecdsa.ts" {
  const make: () => typeof import("../../crypto/noble-ecdsa.ts");
  export default make;
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

declare module "factory:../../crypto/noble-symmetric.ts" {
  const make: () => typeof import("../../crypto/noble-symmetric.ts");
  export default make;
}
