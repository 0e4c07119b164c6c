/** Modules of the Moddable SDK, as far as the suites' root uses them. */
declare module "modules" {
  const Modules: { importNow(name: string): unknown };
  export default Modules;
}

declare module "timer" {
  const Timer: {
    set(callback: () => void, delayMs: number): object;
    repeat(callback: () => void, periodMs: number): object;
  };
  export default Timer;
}

declare var abort: ((reason: string) => void) | undefined;

declare module "embedded:io/socket/tcp" {
  const TCP: new (options: object) => object;
  export default TCP;
}
