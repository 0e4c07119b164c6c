/**
 * Checked by `tsc`, not run: only `decode.ts` makes a command and only `admit.ts` an admitted one. If
 * a brand stopped working, the directives below would be unused, which is an error.
 */
import type { admit } from "../../device/commands/admit.ts";
import type { AdmittedCommand, Command, ProductCommand } from "../../device/commands/command.ts";

declare const assembled: ProductCommand<boolean>;
declare const decoded: Command<boolean>;
declare const judge: typeof admit;
declare const run: (command: AdmittedCommand<boolean>) => void;

// @ts-expect-error a command put together by hand was not decoded
judge<boolean>(assembled, { ownerKey: undefined, unitId: "", counterFloor: 0, now: 0 }, () => {
  throw new Error("never");
});
// @ts-expect-error a decoded command was not admitted
run(decoded);
// @ts-expect-error nor was one put together by hand
run(assembled);
