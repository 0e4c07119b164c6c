/** All claims, in the order of the guidelines. */
import type { Claim } from "./claim.ts";
import { claims as across } from "./claims/00-across.ts";
import { claims as passwords } from "./claims/01-passwords.ts";
import { claims as disclosure } from "./claims/02-disclosure.ts";
import { claims as updates } from "./claims/03-updates.ts";
import { claims as storage } from "./claims/04-storage.ts";
import { claims as communication } from "./claims/05-communication.ts";
import { claims as attackSurface } from "./claims/06-attack-surface.ts";
import { claims as integrity } from "./claims/07-integrity.ts";
import { claims as personalData } from "./claims/08-personal-data.ts";
import { claims as outages } from "./claims/09-outages.ts";
import { claims as telemetry } from "./claims/10-telemetry.ts";
import { claims as deletion } from "./claims/11-deletion.ts";
import { claims as setUp } from "./claims/12-set-up.ts";
import { claims as input } from "./claims/13-input.ts";

export const claims: readonly Claim[] = [
  ...across,
  ...passwords,
  ...disclosure,
  ...updates,
  ...storage,
  ...communication,
  ...attackSurface,
  ...integrity,
  ...personalData,
  ...outages,
  ...telemetry,
  ...deletion,
  ...setUp,
  ...input,
];
