/**
 * The product in a compartment of its own (EN 303 645 5.6-7): a global object with the language in it,
 * one module to import and no other. The primordials are in ROM, where the linker froze them.
 */
import type { Product } from "../../product/capabilities.ts";

declare const Compartment: new (options: {
  modules: Readonly<Record<string, { source: string }>>;
}) => { importNow(name: string): unknown };

export function confinedProduct(): Product {
  const compartment = new Compartment({ modules: { product: { source: "product" } } });
  return (compartment.importNow("product") as { product: Product }).product;
}
