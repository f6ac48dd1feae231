import { type ReactNode, useState } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Button, Problem } from "./basics";
import { TextField } from "./fields";

export function Window({ title, open, close, children }: { title: string; open: boolean; close: () => void; children: ReactNode }) {
  return (
    <ModalOverlay className="overlay" isOpen={open} onOpenChange={(next) => !next && close()} isDismissable>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ConfirmProps {
  title: string;
  /** What happens, in a sentence. */
  children: ReactNode;
  action: string;
  /** To be typed before the button works: for what cannot be undone. */
  name?: string;
  open: boolean;
  close: () => void;
  act: () => Promise<unknown>;
  danger?: boolean;
}

export function Confirm({ title, children, action, name, open, close, act, danger = true }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const finish = () => {
    setTyped("");
    setError(null);
    close();
  };
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await act();
      finish();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Window title={title} open={open} close={finish}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div className="stack tight">{children}</div>
        {name && <TextField label={`Type ${name} to confirm`} value={typed} change={setTyped} mono autoFocus />}
        <Problem error={error} />
        <footer>
          <Button onClick={finish}>Keep it as it is</Button>
          <Button type="submit" look={danger ? "danger" : "primary"} busy={busy} disabled={name !== undefined && typed !== name}>
            {action}
          </Button>
        </footer>
      </form>
    </Window>
  );
}
