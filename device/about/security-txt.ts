/** Written by npm run documents from product.json: RFC 9116, as in the repository and on the web site. */
export const securityTxt =
  "# Sample Maker Ltd: Thirteen Lamp\nContact: mailto:security@sample-maker.example\nExpires: 2027-10-31T00:00:00Z\nPreferred-Languages: en\nCanonical: https://sample-maker.example/.well-known/security.txt\nPolicy: https://sample-maker.example/security\n";
