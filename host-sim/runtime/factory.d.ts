/** Modules that `bundle.ts` wraps: the default export evaluates a fresh copy on every call. */
declare module "factory:../../device/crypto/noble-curves.ts" {
  const make: () => typeof import("../../device/crypto/noble-curves.ts");
  export default make;
}

declare module "factory:../../device/crypto/noble-symmetric.ts" {
  const make: () => typeof import("../../device/crypto/noble-symmetric.ts");
  export default make;
}
