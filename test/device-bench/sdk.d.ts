/** The SDK's example of a TLS socket over its TLS in JavaScript, as far as the bench uses it. */
declare module "embedded:io/socket/tcp/tls" {
  export default class TLSSocket {
    constructor(options: {
      address: string | undefined;
      host: string;
      port: number;
      TCP: { io: unknown };
      secure: { certificate: Uint8Array; verify: false };
      onReadable: (count: number) => void;
      onWritable: (count: number) => void;
      onError: () => void;
    });
    read(): ArrayBuffer | undefined;
    write(bytes: Uint8Array): void;
    close(): void;
  }
}
