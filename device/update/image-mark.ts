/**
 * What an image is for, in plain ASCII somewhere inside it, so that a release desk can tell one
 * product's image from another's without running it. The build puts it there. It protects from
 * mix-ups, not from attackers: what a device installs is decided by signed metadata.
 */
export interface ImageFor {
  readonly product: string;
  readonly board: string;
  /** major.minor.patch */
  readonly version: string;
}

/** e.g. `T13I1:T13-LAMP-1/desk/1.2.3;` */
export function imageMark({ product, board, version }: ImageFor): string {
  return `T13I1:${product}/${board}/${version};`;
}
