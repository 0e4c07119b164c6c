import { useState } from "preact/hooks";
import type { LabelView, OwnerView, UnitView } from "../view.ts";
import { useAct } from "./desk-context.ts";

const steps = [
  { stage: "finding", text: "Looking for the device nearby" },
  { stage: "proving", text: "Proving the label's password without sending it" },
  { stage: "joining", text: "Handing over Wi-Fi and the owner's key, encrypted" },
] as const;

function Progress({ stage, name }: { stage: OwnerView["stage"]; name: string }) {
  const at = steps.findIndex((step) => step.stage === stage);
  return (
    <div class="set-up">
      <h3>Setting up your {name}</h3>
      <ol class="progress">
        {steps.map((step, index) => (
          <li
            key={step.stage}
            class={index < at ? "past" : index === at ? "present" : "future"}
            aria-current={index === at ? "step" : undefined}
          >
            {step.text}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** As it is typed: capitals in groups of four, like on the label. */
function grouped(text: string): string {
  const symbols = text
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "")
    .slice(0, 16);
  return symbols.match(/.{1,4}/g)?.join("-") ?? "";
}

interface FormProps {
  owner: OwnerView;
  label: LabelView;
  unit: UnitView;
}

function useSetUpForm({ owner, unit }: FormProps) {
  const act = useAct();
  const [password, setPassword] = useState("");
  const [chosen, setChosen] = useState<string>();
  const [wifiPassword, setWifiPassword] = useState("");
  const ssid = chosen ?? owner.networks[0]?.ssid ?? "";
  const saved = owner.networks.find((network) => network.ssid === ssid)?.saved ?? false;
  const submit = (event: Event) => {
    event.preventDefault();
    const typed = wifiPassword === "" ? {} : { wifiPassword };
    void act({ type: "set-up", password, ssid, ...typed });
  };
  const open = unit.life === "set-up";
  return {
    password,
    setPassword,
    ssid,
    setChosen,
    wifiPassword,
    setWifiPassword,
    saved,
    submit,
    open,
  };
}

function LabelPassword({
  label,
  form,
}: {
  label: LabelView;
  form: ReturnType<typeof useSetUpForm>;
}) {
  return (
    <div class="field">
      <label for="label-password">Password on the label</label>
      <input
        id="label-password"
        class="code"
        value={form.password}
        onInput={(event) => form.setPassword(grouped(event.currentTarget.value))}
        placeholder="XXXX-XXXX-XXXX-XXXX"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        required
      />
      {label.covered ? (
        <p class="hint">To scan it, uncover the label first.</p>
      ) : (
        <button
          type="button"
          class="key small"
          onClick={() => form.setPassword(grouped(label.password))}
        >
          Scan the label
        </button>
      )}
    </div>
  );
}

function WifiFields({ owner, form }: { owner: OwnerView; form: ReturnType<typeof useSetUpForm> }) {
  return (
    <>
      <div class="field">
        <label for="network">Wi-Fi</label>
        <select
          id="network"
          value={form.ssid}
          onChange={(event) => form.setChosen(event.currentTarget.value)}
        >
          {owner.networks.map(({ ssid }) => (
            <option key={ssid} value={ssid}>
              {ssid}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="wifi-password">Wi-Fi password</label>
        <input
          id="wifi-password"
          type="password"
          value={form.wifiPassword}
          onInput={(event) => form.setWifiPassword(event.currentTarget.value)}
          placeholder={form.saved ? "saved on this phone" : ""}
          required={!form.saved}
          minLength={8}
          maxLength={63}
          autocomplete="off"
        />
      </div>
    </>
  );
}

function Form(props: FormProps) {
  const form = useSetUpForm(props);
  return (
    <form class="set-up" onSubmit={form.submit}>
      <h3>Add your {props.unit.name}</h3>
      <p class={`step ${form.open ? "done" : ""}`}>
        {form.open
          ? "The set-up window is open."
          : `${props.unit.powered ? "Press" : "Plug the board in and press"} its button: that opens the set-up window.`}
      </p>
      {props.owner.stage === "error" && (
        <p class="error" role="alert">
          {props.owner.error}
        </p>
      )}
      <LabelPassword label={props.label} form={form} />
      <WifiFields owner={props.owner} form={form} />
      <button type="submit" class="key primary">
        Set up
      </button>
    </form>
  );
}

/** From label to ownership. A failed try comes back to the form, with what to do. */
export function SetUp(props: FormProps) {
  const { stage } = props.owner;
  const waiting = stage === "label" || stage === "error";
  return (
    <>
      {/* Hidden rather than gone, so that a failed try keeps what was typed. */}
      <div hidden={!waiting}>
        <Form {...props} />
      </div>
      {!waiting && <Progress stage={stage} name={props.unit.name} />}
    </>
  );
}
