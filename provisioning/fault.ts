/**
 * Something the operator can put right: the message says what is wrong and what to do, in one line,
 * and never carries a secret. Anything else that is thrown is our own bug.
 */
export class Fault extends Error {}

/** The errno name of a file-system error, e.g. "EACCES". */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
