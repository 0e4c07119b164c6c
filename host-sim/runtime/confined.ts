/**
 * The product in a compartment of its own (EN 303 645 5.6-7): its own global object with the language
 * in it and nothing of the board's, on primordials that nobody can change. The engines lend `lockdown`
 * and `Compartment` as XS has them; on the chip the linker has frozen the primordials
 * (`device/platform/moddable/product.ts`).
 */

import source from "confined:../../device/product/product.ts";
import type { Product } from "../../device/product/capabilities.ts";

declare const lockdown: () => void;
declare const Compartment: new () => { evaluate(text: string): unknown };

/** To be called once, before anything of the product has run. */
export function confinedProduct(): Product {
  lockdown();
  return (new Compartment().evaluate(source) as { product: Product }).product;
}
