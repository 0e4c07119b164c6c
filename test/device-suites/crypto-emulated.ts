/** The crypto port for suites on the emulated chip: the firmware's, each library made when it is asked for and dropped after. */
export { crypto } from "../../device/platform/moddable/crypto.ts";
