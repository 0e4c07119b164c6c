/**
 * The three functions of the (never standardised) metadata API that `@peculiar/x509`'s dependency
 * injection calls while it loads. None of its classes declares metadata, so a map of what is
 * defined is all it takes, and no package is needed for it. Import before `@peculiar/x509`.
 */
type Metadata = Map<unknown, unknown>;

const defined = new WeakMap<object, Metadata>();

const metadata = {
  defineMetadata(key: unknown, value: unknown, target: object): void {
    const own: Metadata = defined.get(target) ?? new Map();
    defined.set(target, own.set(key, value));
  },
  getOwnMetadata: (key: unknown, target: object): unknown => defined.get(target)?.get(key),
  getMetadata(key: unknown, target: object): unknown {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at))
      if (defined.get(at)?.has(key)) return defined.get(at)?.get(key);
    return undefined;
  },
};

if (!("getMetadata" in Reflect)) Object.assign(Reflect, metadata);
