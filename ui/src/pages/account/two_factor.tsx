import { useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useState } from "react";
import { send } from "../../api/client";
import { useAction } from "../../api/hooks";
import { Badge, Button, Code, Note, Problem, Sheet, Waiting } from "../../components/basics";
import { Confirm } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { SESSION_KEY, useSession } from "../../session/session";

const QrCode = lazy(() => import("../../components/qr_code"));

interface Enrolment {
  data: { attributes: { secret?: string; "otpauth-url"?: string; "recovery-codes"?: string[] } };
}

export function TwoFactor() {
  const session = useSession();
  const queries = useQueryClient();
  const [code, setCode] = useState("");
  const [off, setOff] = useState(false);
  const begin = useAction(() => send("post", "/api/v2/account/totp") as Promise<Enrolment>);
  const confirm = useAction(() =>
    send("post", "/api/v2/account/totp/actions/confirm", { body: { data: { type: "one-time-codes", attributes: { "one-time-code": code.trim() } } }, expects401: true }) as Promise<Enrolment | undefined>,
  );
  const codes = confirm.data?.data.attributes["recovery-codes"] ?? [];
  const secret = begin.data?.data.attributes.secret;
  const uri = begin.data?.data.attributes["otpauth-url"];
  return (
    <Sheet title="One-time codes" actions={<Badge tone={session.twoFactor ? "good" : "plain"}>{session.twoFactor ? "On" : "Off"}</Badge>}>
      <div className="stack">
        {session.twoFactor && codes.length === 0 && (
          <div>
            <Button look="danger" onClick={() => setOff(true)}>
              Turn them off
            </Button>
          </div>
        )}
        {!session.twoFactor && !secret && (
          <>
            <p className="muted">A password alone can be stolen. With codes from an authenticator it is not enough.</p>
            <div>
              <Button look="primary" busy={begin.isPending} onClick={() => begin.mutate()}>
                Turn them on
              </Button>
            </div>
          </>
        )}
        <Problem error={begin.error} />
        {secret && !confirm.isSuccess && (
          <form
            className="form"
            onSubmit={(event) => {
              event.preventDefault();
              confirm.mutate(undefined, { onSuccess: () => queries.invalidateQueries({ queryKey: SESSION_KEY }) });
            }}
          >
            <p>Scan this with your authenticator, or type the secret into it; then type the code that it shows.</p>
            {uri && (
              <Suspense fallback={<Waiting />}>
                <QrCode text={uri} label="The secret for your authenticator" />
              </Suspense>
            )}
            <Code text={secret} what="secret" wraps />
            {uri && <Code text={uri} what="address for authenticators" wraps />}
            <TextField label="One-time code" value={code} change={setCode} required inputMode="numeric" autoComplete="one-time-code" mono />
            <Problem error={confirm.error} />
            <div>
              <Button type="submit" look="primary" busy={confirm.isPending}>
                Confirm
              </Button>
            </div>
          </form>
        )}
        {codes.length > 0 && (
          <Note tone="warn" title="Keep these codes: each signs you in once if the authenticator is lost. They are shown only now.">
            <Code text={codes.join("\n")} what="recovery codes" />
          </Note>
        )}
      </div>
      <Confirm title="Turn one-time codes off?" action="Turn off" open={off} close={() => setOff(false)} act={async () => {
        await send("delete", "/api/v2/account/totp", { body: { data: { type: "one-time-codes", attributes: { "one-time-code": code.trim() } } }, expects401: true });
        setCode("");
        await queries.invalidateQueries({ queryKey: SESSION_KEY });
      }}>
        <p>Your password alone signs in then.</p>
        <TextField label="One-time code" value={code} change={setCode} required inputMode="numeric" autoComplete="one-time-code" mono />
      </Confirm>
    </Sheet>
  );
}
