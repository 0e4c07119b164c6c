/**
 * The vulnerability disclosure policy (EN 303 645 5.2-1; UK PSTI Schedule 1 para 2), its scope for
 * machines, and security.txt (RFC 9116). The authorisation is express and has limits: under the
 * Computer Misuse Act 1990, section 1, what is not authorised is an offence, and a maker can
 * authorise for its own systems only.
 */

import scope from "./data/scope.json" with { type: "json" };
import classes from "./data/vulnerability-classes.json" with { type: "json" };
import { generated, type Product, plainContact, plainDay, sampleNotice } from "./product.ts";

const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join("\n");

export function disclosurePolicy(product: Product): string {
  const { maker, name, securityContact, acknowledgeDays, firstAnswerDays } = product;
  const { statusEveryDays, disclosureDays, documentsDate } = product;
  const targets = classes.map(
    ({ description, action, timeFrame }) => `| ${description} | ${action} | ${timeFrame} |`,
  );
  return `${generated("device/about/product.json and provisioning/documents/data")}# Reporting a weakness

${sampleNotice(product)}How to tell ${maker} about a security weakness in ${name}, its services, its app or its factory tools, and what
happens then. Of ${plainDay(documentsDate)}. Reading this and reporting cost nothing and need no account; you may stay anonymous.

## Contact

**${plainContact(securityContact)}**, in English. A good report says what you did, what happened and what you expected. Please
send no personal data of others.

## What we promise

- We **acknowledge** your report within ${acknowledgeDays} working days.
- We tell you what we think of it within ${firstAnswerDays} working days.
- You get a **status update** at least every ${statusEveryDays} days until it is resolved.
- We agree the date of **publication** with you: ${disclosureDays} days after your report at the latest, sooner if the weakness is being used.
- We publish an advisory (CSAF) with a CVE number, and credit you unless you would rather not be.

## What you may do

You have the **express authorisation** of ${maker}, within the meaning of section 1 of the **Computer Misuse Act 1990**, to access
the systems in scope in order to look for weaknesses in good faith, within the limits below. We will take **no legal action**, and will
ask nobody to take any, against who stays within them; if somebody else does, we will say that you had our permission.

### In scope

${list(scope.inScope.map(({ target, level }) => `${target}: ${level}`))}

### Permitted

${list(scope.permitted)}

### Forbidden

${list(scope.forbidden)}

### Third parties

We can permit nothing for what belongs to others. ${scope.thirdParties} If a weakness concerns several makers, we coordinate with
them, keep what you told us between those who need it to fix it, and agree one date of publication.

### When in doubt

Ask first, at ${plainContact(securityContact)}; an unanswered question is not a permission. This authorisation ends for you when you go
beyond its limits, and for everybody when we withdraw it here. What you did within it before stays permitted.

## What we do with reports

| class | what is done, and by whom | target |
|---|---|---|
${targets.join("\n")}

A weakness in a part made by others goes to its maker within two working days of its confirmation, with your agreement. Telling us in
private first protects the people who use the device; what we learn about a whole kind of mistake we publish for others too.

*This wording needs a lawyer's review before a product is sold under it.*
`;
}

/** The same scope for machines, so that a tester can check a target before touching it. */
export function scopeJson(product: Product): string {
  const { maker, model, securityContact, disclosurePolicy: policy, documentsDate } = product;
  const times = {
    acknowledgeWorkingDays: product.acknowledgeDays,
    firstAnswerWorkingDays: product.firstAnswerDays,
    statusEveryDays: product.statusEveryDays,
    publicationDays: product.disclosureDays,
  };
  const body = { maker, model, contact: securityContact, policy, date: documentsDate, times };
  return `${JSON.stringify({ ...body, ...scope, legalReview: "REQUIRED" }, null, 2)}\n`;
}

/** RFC 9116. @param canonical where it will be found. */
export function securityTxt(product: Product, canonical: string): string {
  return [
    `# ${product.maker}: ${product.name}`,
    `Contact: ${product.securityContact}`,
    `Expires: ${product.securityTxtExpires}T00:00:00Z`,
    "Preferred-Languages: en",
    `Canonical: ${canonical}`,
    `Policy: ${product.disclosurePolicy}`,
    "",
  ].join("\n");
}
