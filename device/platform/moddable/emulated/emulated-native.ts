/** The JavaScript face of emulated-natives.c. `native` is a word of the Moddable compiler (xsc). */
declare function native(name: string): { call(self: unknown, ...values: unknown[]): never };

export const emulatedNative = {
  startEthernet: (): void => native("xs_emulated_ethernet_start").call(undefined),
  address: (): string | undefined => native("xs_emulated_ethernet_address").call(undefined),
  openBench: (): void => native("xs_emulated_bench_open").call(undefined),
  say: (text: string): void => native("xs_emulated_bench_say").call(undefined, text),
  /** The next line from the bench, if one has come. */
  hear: (): string | undefined => native("xs_emulated_bench_hear").call(undefined),
};
