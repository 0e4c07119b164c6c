/** SHA-256 in native code. */
import { Digest as SdkDigest } from "crypt";
import type { ByteBuffer, Digest } from "../platform.ts";

export class NativeDigest implements Digest {
  private readonly digest = new SdkDigest("SHA256");

  write(bytes: ByteBuffer): void {
    this.digest.write(bytes);
  }

  close(): Uint8Array {
    return new Uint8Array(this.digest.close());
  }
}
