export interface IxitState {
  readonly rows: number;
  readonly whyNone: string | undefined;
}

export function ixitTable(_name: string): IxitState | undefined {
  return { rows: 1, whyNone: undefined };
}
