/** Which firmware this is. Raised by a release; the build time is where the time floor starts. */
export const version = "0.1.0";
/** Seconds since 1970: 2026-11-22. */
export const builtSeconds = 1_795_305_600;
