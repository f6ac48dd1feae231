import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";

interface Common {
  label: string;
  hint?: ReactNode;
  wrong?: string | undefined;
}

function Field({ label, hint, wrong, children }: Common & { children: (ids: { id: string; described: string | undefined }) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, described })}
      {wrong && (
        <span className="wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </span>
      )}
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}

type TextProps = Common & Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> & { value: string; change: (value: string) => void; mono?: boolean };

export function TextField({ label, hint, wrong, change, mono, ...rest }: TextProps) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {({ id, described }) => (
        <input
          autoComplete="off"
          spellCheck={false}
          {...rest}
          id={id}
          className={`input ${mono ? "mono" : ""}`}
          aria-describedby={described}
          aria-invalid={wrong ? true : undefined}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Field>
  );
}

type AreaProps = Common & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "onChange" | "value"> & { value: string; change: (value: string) => void };

export function TextArea({ label, hint, wrong, change, ...rest }: AreaProps) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {({ id, described }) => (
        <textarea
          autoComplete="off"
          spellCheck={false}
          {...rest}
          id={id}
          className="input mono"
          aria-describedby={described}
          aria-invalid={wrong ? true : undefined}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Field>
  );
}

type SelectProps = Common & Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange" | "value"> & { value: string; change: (value: string) => void; options: [value: string, label: string][] };

export function SelectField({ label, hint, wrong, change, options, ...rest }: SelectProps) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {({ id, described }) => (
        <select {...rest} id={id} className="input" aria-describedby={described} onChange={(event) => change(event.target.value)}>
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField({ label, hint, value, change, disabled }: { label: string; hint?: ReactNode; value: boolean; change: (value: boolean) => void; disabled?: boolean }) {
  const id = useId();
  return (
    <div className="check">
      <input id={id} type="checkbox" checked={value} disabled={disabled} onChange={(event) => change(event.target.checked)} aria-describedby={hint ? `${id}-hint` : undefined} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <div className="muted small" id={`${id}-hint`}>
            {hint}
          </div>
        )}
      </div>
    </div>
  );
}

/** A select without a visible label, for toolbars. */
export function Filter({ label, value, change, options }: { label: string; value: string; change: (value: string) => void; options: [value: string, label: string][] }) {
  return (
    <select className="input" aria-label={label} value={value} onChange={(event) => change(event.target.value)}>
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  );
}

export function Search({ label, value, change }: { label: string; value: string; change: (value: string) => void }) {
  return (
    <input className="input search" type="search" aria-label={label} placeholder={label} value={value} onChange={(event) => change(event.target.value)} />
  );
}
