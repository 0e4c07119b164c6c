/** What must not be in a module that ships (EN 303 645 5.6-4): doors and tools of the developer's. */
const remains: Readonly<Record<string, RegExp>> = {
  "a stop for a debugger": /\bdebugger\b|\bxsbug\b/,
  "a map to the sources": /sourceMappingURL/,
  "the developer's bench": /\bbench(Trace|Message)?\b/i,
  "a line to the console": /\bconsole\.\w+\(/,
  "a trace that leads somewhere": /\btrace: (?!\(\) => \{\s*\})/,
  "code made of text": /\beval\(|\bnew Function\b/,
  "a private key": /PRIVATE KEY/,
};

/** What of it is in a module's text, in words. */
export function debugRemains(text: string): string[] {
  return Object.keys(remains).filter((what) => remains[what]?.test(text));
}

/** What a release's settings must say, whichever file of the board says it last. */
export const releaseSettings: Readonly<Record<string, string>> = {
  CONFIG_ESP_CONSOLE_NONE: "y",
  CONFIG_ESP_COREDUMP_ENABLE_TO_NONE: "y",
  CONFIG_ESP_SYSTEM_PANIC_SILENT_REBOOT: "y",
  CONFIG_LOG_DEFAULT_LEVEL_NONE: "y",
  CONFIG_BOOTLOADER_LOG_LEVEL_NONE: "y",
  CONFIG_BOOTLOADER_SKIP_VALIDATE_ALWAYS: "n",
  CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE: "y",
};

/** Settings that are not as a release needs them. `files` in the order in which they are laid over. */
export function wrongSettings(files: readonly string[]): string[] {
  const settings = new Map<string, string>();
  for (const line of files.join("\n").split("\n")) {
    const [, name, value] = /^(CONFIG_\w+)=(.*)$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) settings.set(name, value);
  }
  return Object.entries(releaseSettings)
    .filter(([name, value]) => settings.get(name) !== value)
    .map(([name, value]) => `${name} must be ${value}`);
}
