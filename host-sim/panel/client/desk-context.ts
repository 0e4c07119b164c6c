import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { DeskAction } from "../view.ts";

/** Does something at the desk; resolves to whether the desk took it up. A refusal is shown by the page. */
export type Act = (action: DeskAction) => Promise<boolean>;

export const ActContext = createContext<Act>(async () => false);

export const useAct = (): Act => useContext(ActContext);
