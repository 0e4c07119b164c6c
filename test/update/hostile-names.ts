/** Inside the engine for `hostile-names.test.ts`: files to the verifier, or to a plain JSON reader. */
import { decodeCommand } from "../../device/commands/decode.ts";
import { readJson } from "../../device/commands/strict-json.ts";
import { decodeText } from "../../device/platform/text.ts";
import { openEnvelope } from "../../device/update/metadata/envelope.ts";

declare function hostCall(op: string, json: string): { json: string };

function outcome(event: string, bytes: Uint8Array): string {
  if (event === "command") {
    const command = decodeCommand(bytes, { names: ["lamp"], parse: () => ({}) });
    return "refused" in command ? command.refused : "decoded";
  }
  if (event === "parse") return readJson(decodeText(bytes) ?? "", 4) ? "read" : "not JSON";
  const envelope = openEnvelope(bytes, 8192);
  return "refused" in envelope ? envelope.refused : "opened";
}

const receive = (event: string, _: string, bytes?: ArrayBuffer): void => {
  if (bytes) hostCall("outcome", outcome(event, new Uint8Array(bytes)));
};
(globalThis as { onHostEvent?: typeof receive }).onHostEvent = receive;
