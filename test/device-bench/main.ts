/** The root of the bench's image: everything else is preloaded, as the firmware is. */
// Resolved by the SDK's build: rig.ts.
import { openRig } from "./rig.ts";

openRig();
