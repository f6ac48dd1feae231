import { Note } from "../components/basics";

const SENTENCES = new Map([
  ["sign_on_expired", "That sign-on was begun in another browser, took longer than ten minutes, or was used already. Begin again."],
  ["sign_on_denied", "The provider did not sign you in."],
  ["sign_on_refused", "What the provider sent could not be accepted. Tell whoever runs this server; the reason is in its log."],
  ["sign_on_unavailable", "The provider cannot be reached, or did not answer as it should. Try again in a moment."],
  ["sign_on_unknown_person", "You are known to the provider, but to no user here. Sign in with your password and link the two on your account's page, or ask an administrator for an invitation."],
  ["sign_on_linked_already", "That person of the provider is linked to a user already."],
]);

/** What became of a sign-on that failed: the server leads back here with a name for it. Only our own sentences are shown. */
export function SignOnProblem() {
  const query = new URLSearchParams(location.search);
  const sentence = SENTENCES.get(query.get("problem") ?? "");
  const request = query.get("request");
  if (!sentence) return null;
  return (
    <Note tone="bad">
      <p>{sentence}</p>
      {request && (
        <p className="muted">
          Request <span className="mono">{request.slice(0, 64)}</span>
        </p>
      )}
    </Note>
  );
}
