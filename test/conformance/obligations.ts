/**
 * The 39 obligations and the 35 traps of implementations, and where each is answered: `answers.json` and
 * `trap-answers.json`, checked and shown.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import answers from "./answers.json" with { type: "json" };
import { projectRoot } from "./shadow.ts";
import data from "./standard/obligations.json" with { type: "json" };
import { missingTest, type NamedTest } from "./titles.ts";
import trapAnswers from "./trap-answers.json" with { type: "json" };

export interface Answer {
  readonly n: number;
  readonly how: string;
  readonly files: readonly string[];
  readonly tests: readonly NamedTest[];
}

export const obligations: readonly { readonly n: number; readonly must_show: string }[] =
  data.obligations;
export const given: readonly Answer[] = answers;

export const traps: readonly {
  readonly n: number;
  readonly trap: string;
  readonly why_it_fails: string;
}[] = data.traps;
export const avoided: readonly Answer[] = trapAnswers;

/** What is wrong with the answers; empty when all are answered by something that is there. */
export function answerFaults(
  list: readonly Answer[] = given,
  questions: readonly { readonly n: number }[] = obligations,
): string[] {
  const open = questions.filter(({ n }) => !list.some((answer) => answer.n === n));
  return [
    ...open.map(({ n }) => `${n}: not answered`),
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

function evidenceOf({ files, tests }: Answer): string {
  const links = files.map((file) => `[${file}](../${file})`);
  const titles = tests.map(({ file, title }) => `\`${file}\`: ${title}`);
  return [...links, ...titles].join("<br>");
}

export function obligationsMarkdown(): string {
  const answered = <Question extends { readonly n: number }>(
    questions: readonly Question[],
    answers: readonly Answer[],
    words: (question: Question) => string,
  ) =>
    questions
      .map((question) => {
        const answer = answers.find(({ n }) => n === question.n);
        const { how = "" } = answer ?? {};
        return `| ${question.n} | ${words(question)} | ${how} | ${answer ? evidenceOf(answer) : ""} |`;
      })
      .join("\n");
  return `<!-- Written by npm run documents from test/conformance/answers.json and trap-answers.json. -->
# What a product of this kind owes, and where it is answered

| | obligation | answer | file or test |
|---|---|---|---|
${answered(obligations, given, ({ must_show }) => must_show)}

# Where others failed an assessment, and what stands here

| | trap | answer | file or test |
|---|---|---|---|
${answered(traps, avoided, ({ trap, why_it_fails }) => `${trap} (${why_it_fails})`)}
`;
}
