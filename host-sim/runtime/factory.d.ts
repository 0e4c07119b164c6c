/** Modules that `bundle.ts` wraps: the default export evaluates a fresh copy on every call. */
declare module "factory:../../device/crypto/noble-ecdsa.ts" {
  const make: () => typeof import("../../device/crypto/noble-ecdsa.ts");
  export default make;
}

declare module "factory:../../device/crypto/noble-hashes.ts" {
  const make: () => typeof import("../../device/crypto/noble-hashes.ts");
  export default make;
}

declare module "factory:../../device/crypto/noble-points.ts" {
  const make: () => typeof import("../../device/crypto/noble-points.ts");
  export default make;
}

declare module "factory:../../device/crypto/noble-signatures.ts" {
  const make: () => typeof import("../../device/crypto/noble-signatures.ts");
  export default make;
}

declare module "factory:../../device/crypto/noble-signing.ts" {
  const make: () => typeof import("../../device/crypto/noble-signing.ts");
  export default make;
}

declare module "factory:../../device/crypto/noble-symmetric.ts" {
  const make: () => typeof import("../../device/crypto/noble-symmetric.ts");
  export default make;
}

/** Text that `bundle.ts` makes of a module: an expression whose value has the module's exports. */
declare module "confined:../../device/product/product.ts" {
  const source: string;
  export default source;
}
