/** The crypto port for suites: noble as it is, kept loaded. */
export { crypto } from "../device/crypto/noble.ts";
