import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import { applyEvent } from "../reduce.ts";
import type { DeskEvent, DeskView } from "../view.ts";
import { followDesk, sendAction } from "./connection.ts";
import { type Act, ActContext } from "./desk-context.ts";
import { Inside } from "./inside.tsx";
import { Lights } from "./lights.tsx";
import { Mat } from "./mat.tsx";
import { People } from "./people.tsx";
import { Timeline } from "./timeline.tsx";
import { Wire } from "./wire.tsx";

const fold = (view: DeskView | undefined, event: DeskEvent): DeskView | undefined => {
  if (event.type === "view") return event.view;
  return view && applyEvent(view, event);
};

/** The newest timeline sentence, for those who listen instead of looking. */
function Announcer({ view }: { view: DeskView }) {
  return (
    <p class="unseen" role="status">
      {view.timeline[0]?.text}
    </p>
  );
}

function Desk({ view }: { view: DeskView }) {
  return (
    <>
      <div class="desk">
        <Mat view={view} />
        <div class="side">
          <People view={view} />
          <Inside flash={view.flash} heap={view.unit.heap} engine={view.unit.engine} />
        </div>
        <Timeline entries={view.timeline} />
        <Wire entries={view.wire} />
      </div>
      <Announcer view={view} />
    </>
  );
}

function Notice({ text, onClose }: { text: string; onClose: () => void }) {
  return (
    <div class="notice" role="alert">
      <p>{text}</p>
      <button type="button" class="key" onClick={onClose}>
        Close
      </button>
    </div>
  );
}

export function App() {
  const [view, dispatch] = useReducer(fold, undefined);
  const [linked, setLinked] = useState(true);
  const [notice, setNotice] = useState<string>();

  useEffect(() => followDesk(dispatch, setLinked), []);

  const act = useMemo<Act>(
    () => async (action) => {
      const result = await sendAction(action);
      setNotice(result.ok ? undefined : result.message);
      return result.ok;
    },
    [],
  );

  return (
    <ActContext.Provider value={act}>
      <a class="skip" href="#device">
        Skip to the device
      </a>
      <header class="masthead">
        <h1>Thirteen</h1>
        <p>
          A device that keeps the thirteen promises of the Code of Practice for Consumer IoT
          Security. Its firmware runs here: set it up, then try to break in.
        </p>
      </header>
      {view && <Lights lights={view.lights} />}
      {!linked && (
        <p class="stopped" role="alert">
          <strong>The desk has stopped.</strong> Start it again with <code>npm start</code>; this
          page will find it by itself.
        </p>
      )}
      {/* A disabled fieldset turns every control in it off: none is dead while the desk is. */}
      <fieldset class="all" disabled={!linked}>
        <main id="device" tabIndex={-1}>
          {view ? <Desk view={view} /> : <p class="opening">Opening the desk…</p>}
        </main>
      </fieldset>
      {notice && <Notice text={notice} onClose={() => setNotice(undefined)} />}
    </ActContext.Provider>
  );
}
