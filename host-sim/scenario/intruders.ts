/** Attacks on the device itself, without the owner's consent: guessing, scanning, reading out. */
import { accessPointName, setUpPort } from "../../device/setup/set-up.ts";
import { generatePassword, stretch } from "../../provisioning/set-up-password.ts";
import { type Desk, home } from "../desk/desk.ts";
import { openSession, SetUpRefused } from "../owner/set-up-client.ts";
import { type Answer, type Attack, NotNow, pause } from "./scenario.ts";

const holdMs = 3_200;
const guesses = 6;

/** Presses or holds the button until the set-up window is open, as somebody at the door can. */
export async function openWindow(desk: Desk): Promise<void> {
  const { unit, clock } = desk;
  if (unit.state !== "running") throw new NotNow("The device has no power. Plug it in first.");
  if (unit.listening().length > 0) return;
  unit.press();
  await pause(clock, holdMs);
  unit.release();
  for (let waited = 0; unit.listening().length === 0; waited += 20) {
    if (waited > 5_000) throw new NotNow("The set-up window did not open. Try again in a moment.");
    await pause(clock, 20);
  }
}

/** One guess at the label's password: the device's refusal. */
export async function guess(desk: Desk, password: string): Promise<SetUpRefused | undefined> {
  const link = await desk.radio.join(accessPointName(desk.papers.id));
  try {
    const secret = await stretch(password, desk.papers.serial);
    const session = await openSession(await link.connect(setUpPort), desk.papers.serial, secret);
    session.close();
    return undefined;
  } catch (error) {
    if (error instanceof SetUpRefused) return error;
    throw error;
  } finally {
    link.leave();
  }
}

async function guessing(desk: Desk): Promise<Answer> {
  await openWindow(desk);
  for (let count = 1; count <= guesses; count++) {
    if (count > 1 && desk.unit.listening().length === 0)
      return {
        held: true,
        saw: "After so many wrong guesses the device has shut the window: only a hand on the button opens it again.",
        reason: "shut",
      };
    const refusal = await guess(desk, generatePassword());
    if (!refusal) return { held: false, saw: "A wrong password was accepted.", reason: "accepted" };
    if (refusal.reason === "too-soon")
      return {
        held: true,
        saw: `After ${count - 1} wrong guesses the device answers none for ${Math.ceil(refusal.retryAfterMs / 1000)} s; the wait doubles each time, up to 15 minutes, and outlives the power plug.`,
        reason: "too-soon",
      };
  }
  return { held: false, saw: `${guesses} guesses in a row were answered.`, reason: "not-slowed" };
}

async function scan(desk: Desk): Promise<Answer> {
  // A scan of nothing finds nothing, and would prove it of everything.
  if (desk.unit.connections().length === 0)
    throw new NotNow(
      "The device is not on the network. Set it up first, or put plug and cable back.",
    );
  if (desk.radio.air.includes(accessPointName(desk.papers.id)))
    throw new NotNow(
      "Somebody held the button, so the set-up window is open. Pull the plug and put it back, or wait five minutes; then scan.",
    );
  const link = await desk.radio.join(home.ssid, home.password);
  try {
    const open = await link.scan();
    const listening = desk.unit.listening();
    const found = open.length + listening.length;
    return found === 0
      ? { held: true, saw: "No port is open on the device.", reason: "nothing-listens" }
      : { held: false, saw: `${found} open ports were found.`, reason: "listening" };
  } finally {
    link.leave();
  }
}

/** Everything a programmer's clip would read out of the chip. */
async function readOut(desk: Desk): Promise<Answer> {
  const { unit, papers } = desk;
  const image = Buffer.from(unit.flash.read(0, unit.flash.size));
  const grouped = papers.password.match(/.{4}/g)?.join("-") ?? "";
  const { w1 } = await stretch(papers.password, papers.serial);
  const needles = [Buffer.from(papers.password), Buffer.from(grouped), Buffer.from(w1)];
  const found = needles.filter((needle) => image.includes(needle)).length;
  return found === 0
    ? {
        held: true,
        saw: "4 MB of flash were read: the label's password is not in it, nor the half of its hash that opens the device. What is there tests a guess only at the price of the memory-hard hash.",
        reason: "verifier-only",
      }
    : { held: false, saw: "The label's password was found in the flash.", reason: "found" };
}

export const intruders: readonly Attack[] = [
  {
    name: "guess-password",
    guideline: 1,
    title: "Guess the password",
    explain: "The attacker stands at the device, opens the set-up window and tries passwords.",
    test: "test/brute-force.long.test.ts",
    run: guessing,
  },
  {
    name: "read-flash",
    guideline: 4,
    title: "Read out the flash",
    explain: "The attacker opens the case, clips onto the memory chip and searches every byte.",
    test: "test/raw-flash.test.ts",
    run: readOut,
  },
  {
    name: "port-scan",
    guideline: 6,
    title: "Scan for open ports",
    explain: "The attacker is in the same Wi-Fi and looks for anything that listens.",
    test: "test/attacks.test.ts",
    needs: "owner",
    run: scan,
  },
];
