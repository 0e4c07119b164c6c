/** Support policy with its reasons, the statement of compliance as a draft, and the retailer's sheet. */
import history from "./data/support-history.json" with { type: "json" };
import { generated, type Product, plainContact, plainDay, sampleNotice } from "./product.ts";
import { plan, reasons } from "./support-data.ts";

export interface Published {
  readonly model: string;
  readonly published: string;
  readonly supportEnd: string;
}

/** A date that was published may be extended and never shortened (UK PSTI Schedule 1 para 3). */
export function shortened(product: Product, earlier: readonly Published[] = history): string[] {
  const ofModel = earlier.filter(({ model }) => model === product.model);
  const found = ofModel
    .filter(({ supportEnd }) => supportEnd > product.supportEnd)
    .map(
      ({ published, supportEnd }) =>
        `supportEnd ${product.supportEnd} is earlier than ${supportEnd}, published on ${published}: a published date is never shortened`,
    );
  if (!product.sample && !ofModel.some(({ supportEnd }) => supportEnd === product.supportEnd))
    found.push(
      `supportEnd ${product.supportEnd} is not in provisioning/documents/data/support-history.json: add it with the day it is published`,
    );
  return found;
}

/** Components whose own support ends before the promised date and for which there is no plan. */
export function unplanned(product: Product, plans = plan): string[] {
  return plans
    .filter(({ ends, next }) => ends < product.supportEnd && next.trim() === "")
    .map(({ component, ends }) => `${component} ends on ${ends}, and nothing is planned`);
}

export function supportPolicy(product: Product): string {
  const { name, model, maker, supportStart, supportEnd, securityContact } = product;
  const plans = plan.map(({ component, ends, next }) => `| ${component} | ${ends} | ${next} |`);
  return `${generated("device/about/product.json and provisioning/documents/data")}# How long ${name} gets security updates

${sampleNotice(product)}**Until ${plainDay(supportEnd)}** (${supportEnd}), from ${plainDay(supportStart)}.

| | |
|---|---|
| Model | ${model} |
| Maker | ${maker} |
| Security updates from | ${supportStart} |
| Security updates until | ${supportEnd} |
| Questions and weaknesses | ${plainContact(securityContact)} |

Security updates are free, come by themselves, and say why they are needed. The end date is on the label, on the packaging, on
the page where the product is offered, and the device itself knows it. It may be extended; it is never shortened.

## Why this long

${reasons.map((reason) => `- ${reason}`).join("\n")}

## What the parts' makers promise, and what we do when that ends

| part | supported until | then |
|---|---|---|
${plans.join("\n")}

## After that day

The lamp, its button and your own broker go on working: nothing is switched off. The device tells you twelve, six and one month
before, keeps its network use to what you asked for, and takes updates still, should there be any.

## Parts that cannot be updated

None that runs our code. The chip's boot ROM cannot be changed by anybody; it verifies what is loaded and does nothing else.
`;
}

export function statementOfCompliance(product: Product): string {
  const { name, model, maker, address, supportEnd } = product;
  return `${generated("device/about/product.json")}# Statement of compliance: draft, unsigned

${sampleNotice(product)}> **This is a draft and no statement.** A maker fills it, has it checked against the text of the Product Security and
> Telecommunications Infrastructure Act 2022 and SI 2023/1007 as amended, and signs it. Nothing here is legal advice.

| | |
|---|---|
| Product (type and batch) | ${name}, ${model}, batch ____________ |
| Manufacturer | ${maker}, ${address} |
| Authorised representative, where there is one | ____________ |

This statement is prepared by or on behalf of the manufacturer of the product.

In the manufacturer's opinion the security requirements of Schedule 1 are met by way of the deemed compliance conditions of
Schedule 2: EN 303 645 V2.1.1 provisions 5.1-1 and 5.1-2 (passwords), 5.2-1 (reporting security issues), 5.3-13 (support period).
The record of \`npm run conformance\` shows what was tested.

Defined support period, correct when the product was first supplied: **until ${supportEnd}**.

| | |
|---|---|
| Signature | ____________ |
| Name and function | ____________ |
| Place and date of issue | ____________ |

Keep for ten years from its date or until the end of the support period, whichever is later.
`;
}

export function retailerSheet(product: Product): string {
  const { name, model, supportEnd, securityContact } = product;
  return `${generated("device/about/product.json")}# Before you put ${name} on a shelf

${sampleNotice(product)}For shops and distributors. Five checks; a No to any of them means: do not sell it, ask the maker.

| | check | how | expected |
|---|---|---|---|
| 1 | a statement of compliance comes with it | look for it in the box or by the link on it | signed, for ${model} |
| 2 | the support period is shown where people decide | label, shelf, web page | until ${plainDay(supportEnd)} (${supportEnd}), and that day lies ahead |
| 3 | there is somebody to tell about weaknesses | label | ${plainContact(securityContact)} |
| 4 | no two units share a password | compare the labels of two units | two different set-up passwords |
| 5 | the label is genuine | \`npm run provision -- check-label\`, offline | "OK"; anything else is a refusal |

A unit that comes back is wiped before it is sold again: [how](deletion-guide.md). You need no account and collect no data.
`;
}
