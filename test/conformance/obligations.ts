/** The 39 obligations and where each is answered: `answers.json`, checked and shown. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import answers from "./answers.json" with { type: "json" };
import { projectRoot } from "./shadow.ts";
import data from "./standard/obligations.json" with { type: "json" };
import { missingTest, type NamedTest } from "./titles.ts";

export interface Answer {
  readonly n: number;
  readonly how: string;
  readonly files: readonly string[];
  readonly tests: readonly NamedTest[];
}

export const obligations: readonly { readonly n: number; readonly must_show: string }[] =
  data.obligations;
export const given: readonly Answer[] = answers;

/** What is wrong with the answers; empty when all 39 are answered by something that is there. */
export function answerFaults(list: readonly Answer[] = given): string[] {
  const open = obligations.filter(({ n }) => !list.some((answer) => answer.n === n));
  return [
    ...open.map(({ n, must_show }) => `${n} (${must_show}): not answered`),
    ...list.flatMap(({ n, how, files, tests }) => [
      ...(how.length < 20 ? [`${n}: it does not say how`] : []),
      ...(files.length + tests.length === 0 ? [`${n}: neither a file nor a test`] : []),
      ...files
        .filter((file) => !existsSync(join(projectRoot, file)))
        .map((file) => `${n}: ${file} does not exist`),
      ...tests
        .map(missingTest)
        .filter((fault) => fault !== undefined)
        .map((fault) => `${n}: ${fault}`),
    ]),
  ];
}

export function obligationsMarkdown(): string {
  const rows = obligations.map(({ n, must_show }) => {
    const answer = given.find((one) => one.n === n);
    const files = (answer?.files ?? []).map((file) => `[${file}](../${file})`);
    const tests = (answer?.tests ?? []).map(({ file, title }) => `\`${file}\`: ${title}`);
    return `| ${n} | ${must_show} | ${answer?.how ?? ""} | ${[...files, ...tests].join("<br>")} |`;
  });
  return `<!-- Written by npm run documents from test/conformance/answers.json. -->
# What a product of this kind owes, and where it is answered

| | obligation | answer | file or test |
|---|---|---|---|
${rows.join("\n")}
`;
}
