import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { Confirm } from "./dialog";

interface Props {
  /** What it is called; null while nothing is about to be deleted, and the window is closed. */
  name: string | null;
  /** What it is, for the button: "the provider". */
  what?: string;
  verb?: string;
  /** Its name is to be typed first: for what cannot be made again. */
  typed?: boolean;
  close: () => void;
  act: () => Promise<unknown>;
  /** The page to go to once it is gone. */
  then?: string;
  /** What goes with it, and who loses by it. */
  children: ReactNode;
}

/** Asks before something is deleted. */
export function ConfirmDelete({ name, what, verb = "Delete", typed, close, act, then, children }: Props) {
  const [, go] = useLocation();
  const run = async () => {
    await act();
    if (then) go(then);
  };
  return (
    <Confirm title={`${verb} ${name ?? ""}?`} action={what ? `${verb} ${what}` : verb} name={typed ? (name ?? "") : undefined} open={name !== null} close={close} act={run}>
      {children}
    </Confirm>
  );
}
