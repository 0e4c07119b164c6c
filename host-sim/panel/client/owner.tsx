import type { DeskView } from "../view.ts";
import { LampControl } from "./lamp-control.tsx";
import { OwnerConsent } from "./owner-consent.tsx";
import { OwnerLeave, Receipt } from "./owner-leave.tsx";
import { OwnerSight } from "./owner-sight.tsx";
import { OwnerUpdate } from "./owner-update.tsx";
import { Reports } from "./reports.tsx";
import { SetUp } from "./set-up.tsx";

/** The owner's phone: set-up until the device is theirs, then the product. */
export function Owner({ view }: { view: DeskView }) {
  const { owner, unit, rights } = view;
  const mine = owner.stage === "done";
  return (
    <div class="phone">
      <p class="phone-bar">
        <span>Owner's phone</span>
        {mine && (
          <span class={`availability ${unit.availability}`}>
            {unit.availability === "unknown" ? "not heard of yet" : unit.availability}
          </span>
        )}
      </p>
      {rights.receipt && <Receipt receipt={rights.receipt} />}
      {mine ? (
        <>
          <LampControl lit={view.reports[0]?.lamp ?? false} />
          <Reports reports={view.reports} />
          <OwnerConsent choices={rights.choices} />
          <OwnerUpdate update={rights.update} />
          <OwnerSight rights={rights} />
          <OwnerLeave heir={rights.heir} />
        </>
      ) : (
        <SetUp owner={owner} label={view.label} unit={unit} />
      )}
    </div>
  );
}
