/** Attacks by message: a broker, or somebody who took it over, says what the device must not do. */
import { toBase64url } from "../../device/platform/encoding.ts";
import type { Desk } from "../desk/desk.ts";
import { signCommand } from "../owner/jws-signer.ts";
import { type Answer, type Attack, NotNow, nextTrace } from "./scenario.ts";

const obeyed = ["set", "wipe", "transfer-owner", "consent"];

/** What the unit makes of `payload`: the reason of its refusal, or "obeyed". */
export async function orderBy(desk: Desk, payload: Uint8Array): Promise<string> {
  if (desk.unit.connections().length === 0)
    throw new NotNow("The device is not connected. Set it up first, or put the cable back.");
  const verdict = nextTrace(desk, "commands", ["refused", ...obeyed], 15_000);
  await desk.owner.publish(desk.papers.id, payload);
  const { event, reason } = await verdict;
  return event === "refused" ? reason : "obeyed";
}

async function expectRefusal(desk: Desk, payload: Uint8Array, wanted: string): Promise<Answer> {
  const reason = await orderBy(desk, payload);
  const saw =
    reason === "obeyed"
      ? "The device obeyed."
      : "The device refused the command and wrote it into its journal.";
  return { held: reason === wanted, saw, reason };
}

const claims = (desk: Desk) => {
  const iat = Math.floor(desk.clock.wall() / 1000);
  return { aud: desk.papers.id, ctr: Number.MAX_SAFE_INTEGER - 1, iat, exp: iat + 300 };
};
const wipe = { cmd: "wipe", args: {} } as const;
const text = (value: string) => new Uint8Array(Buffer.from(value));
const strangersKey = () => crypto.getRandomValues(new Uint8Array(32));

export const forgers: readonly Attack[] = [
  {
    name: "forged-wipe",
    guideline: 13,
    title: "Order a wipe without the owner",
    explain: "A wipe arrives, well-formed and signed, but with a key that is not the owner's.",
    test: "test/attacks.test.ts",
    needs: "owner",
    run: (desk) =>
      expectRefusal(
        desk,
        signCommand(strangersKey(), { ...claims(desk), ...wipe }),
        "wrong-signature",
      ),
  },
  {
    name: "unsigned-wipe",
    guideline: 13,
    title: "Order a wipe with algorithm “none”",
    explain: "The oldest trick against signed tokens: say that no signature is needed.",
    test: "test/attacks.test.ts",
    needs: "owner",
    run(desk) {
      const payload = text(JSON.stringify({ ...claims(desk), ...wipe }));
      const header = toBase64url(text(JSON.stringify({ alg: "none" })));
      return expectRefusal(desk, text(`${header}.${toBase64url(payload)}.`), "wrong-algorithm");
    },
  },
  {
    name: "another-units-wipe",
    guideline: 13,
    title: "Replay another unit's order",
    explain: "An order that an owner signed for one unit is sent to another.",
    test: "test/attacks.test.ts",
    needs: "owner",
    run(desk) {
      const order = { ...claims(desk), ...wipe, aud: "0".repeat(26) };
      return expectRefusal(desk, signCommand(strangersKey(), order), "wrong-device");
    },
  },
  {
    name: "replayed-order",
    guideline: 13,
    title: "Replay an order of the owner",
    explain: "An order that the owner really signed was recorded, and is sent a second time.",
    test: "test/attacks.test.ts",
    needs: "owner",
    async run(desk) {
      const first = nextTrace(desk, "commands", ["refused", ...obeyed], 15_000);
      // A purpose that no product has, so that playing this changes nothing for the owner.
      const args = { purpose: "played-at-the-desk", granted: false };
      const recorded = await desk.owner.order(desk.papers.id, { cmd: "consent", args });
      await first;
      return expectRefusal(desk, recorded, "replayed");
    },
  },
  {
    name: "malformed-command",
    guideline: 13,
    title: "Send malformed commands",
    explain: "JSON with a key twice, a deep nest, a prototype: what parsers disagree about.",
    test: "test/commands/command-fuzz.test.ts",
    needs: "owner",
    run: (desk) =>
      expectRefusal(
        desk,
        text('{"v":1,"id":"a","set":{"lamp":true},"set":{"lamp":false}}'),
        "not-json",
      ),
  },
];
