import { useState } from "preact/hooks";
import type { ReceiptView, RightsAction } from "../rights.ts";
import { useAct } from "./desk-context.ts";
import { timeOfDay } from "./words.ts";

function Confirm(props: {
  question: string;
  yes: string;
  action: RightsAction;
  onDone: () => void;
}) {
  const act = useAct();
  return (
    <div class="confirm">
      <p>{props.question}</p>
      <div class="keys">
        <button
          type="button"
          class="key grave"
          onClick={() => {
            props.onDone();
            void act(props.action);
          }}
        >
          {props.yes}
        </button>
        <button type="button" class="key" onClick={props.onDone}>
          Keep it
        </button>
      </div>
    </div>
  );
}

function HandOn({ heir, onDone }: { heir: string; onDone: () => void }) {
  const [key, setKey] = useState("");
  const whole = key.trim();
  return (
    <>
      <div class="field">
        <label for="heir">The next owner's code</label>
        <input
          id="heir"
          class="code"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
          autocomplete="off"
          spellcheck={false}
        />
        <button type="button" class="key small" onClick={() => setKey(heir)}>
          Scan the next owner's phone
        </button>
      </div>
      <Confirm
        question="The device forgets you, and only the phone with this code can set it up then."
        yes="Hand it on now"
        action={{ type: "hand-on", key: whole }}
        onDone={onDone}
      />
    </>
  );
}

/** Two ways to part from a device; both end with everything erased and a receipt. */
export function OwnerLeave({ heir }: { heir: string }) {
  const [way, setWay] = useState<"hand-on" | "erase">();
  const stay = () => setWay(undefined);
  return (
    <section class="right" aria-labelledby="leave-title">
      <h3 id="leave-title">Part with it</h3>
      <p class="hint">
        What is yours is erased in the device, at the broker and at the service. You get a receipt.
      </p>
      {way === undefined && (
        <div class="keys">
          <button type="button" class="key" onClick={() => setWay("hand-on")}>
            Hand on
          </button>
          <button type="button" class="key" onClick={() => setWay("erase")}>
            Erase everything
          </button>
        </div>
      )}
      {way === "hand-on" && <HandOn heir={heir} onDone={stay} />}
      {way === "erase" && (
        <Confirm
          question="This cannot be undone. To keep your data, export it first."
          yes="Erase it now"
          action={{ type: "erase-everything" }}
          onDone={stay}
        />
      )}
    </section>
  );
}

const causes: Readonly<Record<string, string>> = {
  order: "by your order",
  "hand-over": "by your order, in favour of the next owner",
  button: "by its button",
};

/** The device's signed word that it has forgotten, checked against the maker's root. */
export function Receipt({ receipt }: { receipt: ReceiptView }) {
  const { genuine, why, atMs, erased, text } = receipt;
  return (
    <section class={`receipt ${genuine ? "held" : ""}`} aria-labelledby="receipt-title">
      <h3 id="receipt-title">
        <span class="stamp">{genuine ? "Signed" : "Not genuine"}</span> Receipt of the erasure
      </h3>
      {genuine ? (
        <p>
          Your device has forgotten you, {causes[why] ?? why}
          {atMs && `, at ${timeOfDay(atMs)}`}. Erased: {erased}. Its signature and the maker's
          certificate hold.
        </p>
      ) : (
        <p>
          This receipt is not to be believed (<code>{why}</code>). Hold the device's button until
          its light stays on, and look for a new one.
        </p>
      )}
      <a
        class="key small"
        download="thirteen-receipt.jws"
        href={`data:application/jose,${encodeURIComponent(text)}`}
      >
        Keep the receipt
      </a>
    </section>
  );
}
