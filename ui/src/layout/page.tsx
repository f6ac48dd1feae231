import { Fragment, type ReactNode, useEffect } from "react";
import { Link, useLocation } from "wouter";

interface Props {
  title: string;
  crumbs?: [label: string, to: string][];
  /** Beside the title: a state, say. */
  aside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** One page: its title in the window and in the heading, where it stands, what can be done with it. */
export function Page({ title, crumbs, aside, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · runbridge`;
  }, [title]);
  return (
    <div className="page">
      <div className="page-head">
        <div className="grow">
          {crumbs && (
            <nav className="crumbs" aria-label="Where this is">
              {crumbs.map(([label, to], index) => (
                <Fragment key={to}>
                  {index > 0 && <span aria-hidden="true">/</span>}
                  <Link href={to}>{label}</Link>
                </Fragment>
              ))}
            </nav>
          )}
          <div className="row wraps">
            <h1>{title}</h1>
            {aside}
          </div>
        </div>
        {actions && <div className="row wraps">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

export function Tabs({ label, items }: { label: string; items: [label: string, to: string][] }) {
  const [location] = useLocation();
  return (
    <nav className="tabs" aria-label={label}>
      {items.map(([text, to]) => (
        <Link key={to} href={to} aria-current={location === to ? "page" : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}
