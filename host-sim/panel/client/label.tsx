import type { LabelView } from "../view.ts";
import { useAct } from "./desk-context.ts";

/** The printed label, as an image: nothing inside it can run. Covered, there is nothing to show. */
export function Label({ label, serial }: { label: LabelView; serial: string | undefined }) {
  const act = useAct();
  return (
    <figure class="label">
      {label.covered ? (
        <div class="label-cover">
          <p>The label is covered.</p>
          <p>Its password is not on this page.</p>
        </div>
      ) : (
        <img
          src={`data:image/svg+xml,${encodeURIComponent(label.svg)}`}
          alt={`Label of unit ${serial ?? "without serial"}. Set-up password ${label.password}.`}
        />
      )}
      <figcaption>
        <span>Printed label</span>
        <button
          type="button"
          class="key on-mat small"
          aria-pressed={label.covered}
          onClick={() => act({ type: "cover", covered: !label.covered })}
        >
          {label.covered ? "Uncover" : "Cover"}
        </button>
      </figcaption>
    </figure>
  );
}
