/** The product as it is, and as another maker would have it, for tests. */
import about from "../../device/about/product.json" with { type: "json" };
import type { Product } from "../../provisioning/documents/product.ts";

export const product: Product = about;

/** Every field another than the sample's. */
export const another: Product = {
  sample: false,
  name: "Door Watch",
  model: "DW-7",
  maker: "Acme Sensors GmbH",
  address: "7 Example Road, Leeds",
  website: "https://acme-sensors.test",
  securityContact: "mailto:psirt@acme-sensors.test",
  disclosurePolicy: "https://acme-sensors.test/psirt",
  supportPage: "https://acme-sensors.test/dw-7",
  privacyContact: "mailto:data@acme-sensors.test",
  supportStart: "2027-02-01",
  supportEnd: "2033-01-31",
  firstSupplied: "2027-03-01",
  documentsDate: "2027-01-15",
  securityTxtExpires: "2028-01-14",
  acknowledgeDays: 2,
  firstAnswerDays: 7,
  statusEveryDays: 21,
  disclosureDays: 60,
};
