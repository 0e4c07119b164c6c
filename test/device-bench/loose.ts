/** Stands for the session without verification until the build puts it here (image.ts). */
import type { SessionConstructor } from "../../device/platform/moddable/tls/tls-native.ts";

declare const session: SessionConstructor;
export default session;
