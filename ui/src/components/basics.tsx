import { type ButtonHTMLAttributes, type MouseEvent, type ReactNode, useEffect, useState } from "react";
import { Link } from "wouter";
import { asProblem } from "../api/problem";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "primary" | "danger" | "quiet";
  small?: boolean;
  busy?: boolean;
}

const notNow = (event: MouseEvent) => event.preventDefault();

/** While it is busy it does nothing, but keeps the focus: a button that is disabled would lose it. */
export function Button({ look, small, busy, children, className, ...rest }: ButtonProps) {
  const classes = ["button", look, small && "small", className].filter(Boolean).join(" ");
  const waits = busy ? { onClick: notNow, "aria-disabled": true, "aria-busy": true } : {};
  return (
    <button type="button" {...rest} className={classes} {...waits}>
      {busy && <span className="turning" aria-hidden="true" />}
      {children}
    </button>
  );
}

export function ButtonLink({ to, look, small, children }: { to: string; look?: "primary" | "quiet"; small?: boolean; children: ReactNode }) {
  return (
    <Link href={to} className={["button", look, small && "small"].filter(Boolean).join(" ")}>
      {children}
    </Link>
  );
}

export function Badge({ tone = "", children, live }: { tone?: "good" | "warn" | "bad" | "wait" | "plain" | ""; children: ReactNode; live?: boolean }) {
  return <span className={`badge ${tone} ${live ? "live" : ""}`}>{children}</span>;
}

export function Note({ tone = "", title, children }: { tone?: "warn" | "bad" | "good" | ""; title?: string; children?: ReactNode }) {
  return (
    <div className={`note ${tone} wrap`} role={tone === "bad" ? "alert" : undefined}>
      {title && <strong>{title}</strong>}
      {children}
    </div>
  );
}

/** What went wrong, what to do, and the id under which the server's log has it. */
export function Problem({ error, again }: { error: unknown; again?: () => void }) {
  if (!error) return null;
  const problem = asProblem(error);
  return (
    <Note tone="bad" title={problem.message}>
      <div className="row wraps small">
        {problem.retryAfter && <span>Try again in {problem.retryAfter} s.</span>}
        {problem.requestId && (
          <span>
            Request <code>{problem.requestId}</code> <CopyButton text={problem.requestId} what="request id" />
          </span>
        )}
        {again && (
          <Button small onClick={again}>
            Try again
          </Button>
        )}
      </div>
    </Note>
  );
}

export function Waiting({ what = "Loading" }: { what?: string }) {
  return (
    <div className="waiting" role="status">
      <span className="turning" aria-hidden="true" /> {what}…
    </div>
  );
}

export function Arch() {
  return (
    <svg width="84" height="40" viewBox="0 0 84 40" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M2 32h80M10 32v-4a32 26 0 0 1 64 0v4M26 32v-7a16 14 0 0 1 32 0v7M42 2v6" />
    </svg>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <Arch />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState<"" | "yes" | "no">("");
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(""), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied("yes"), () => setCopied("no"));
  return (
    <Button small className="copy" onClick={copy} aria-label={`Copy ${what}`}>
      <span aria-live="polite">{copied === "yes" ? "Copied" : copied === "no" ? "Select it by hand" : "Copy"}</span>
    </Button>
  );
}

export function Code({ text, what, wraps }: { text: string; what: string; wraps?: boolean }) {
  return (
    <div className={`code ${wraps ? "wraps" : ""}`}>
      <pre tabIndex={0} role="region" aria-label={what}>
        {text}
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}

export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
        .map(([name, value]) => (
          <div key={name} className="fact-pair">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Sheet({ title, actions, children, flush }: { title?: string; actions?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className="sheet" aria-label={title}>
      {title && (
        <header>
          <h2>{title}</h2>
          {actions && <div className="row wraps">{actions}</div>}
        </header>
      )}
      {flush ? children : <div className="body">{children}</div>}
    </section>
  );
}
