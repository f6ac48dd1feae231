import type { ReactNode } from "react";
import mark from "../mark.svg";

/** The bridge: pushes on one side, runs on the other. */
function Bridge() {
  const hangers = Array.from({ length: 23 }, (_, index) => {
    const x = 60 + index * 20;
    const along = (x - 280) / 220;
    return <path key={x} d={`M${x} ${238 - 118 * along * along} V246`} opacity="0.45" />;
  });
  return (
    <svg viewBox="0 0 560 420" fill="none" stroke="#f4f1e8" strokeWidth="1.6" strokeLinecap="round" aria-hidden="true">
      <path d="M0 246H560M0 254H560" />
      <path d="M60 120Q280 356 500 120" />
      <path d="M60 100V330M500 100V330M50 330H70M490 330H510" strokeWidth="3" />
      <path d="M60 120 0 176M500 120 560 176" />
      {hangers}
      <path d="M0 352q28-9 56 0t56 0 56 0 56 0 56 0 56 0 56 0 56 0 56 0 56 0M0 372q28-9 56 0t56 0 56 0 56 0 56 0 56 0 56 0 56 0 56 0 56 0" opacity="0.4" />
      <g fill="#f2c14e" stroke="none">
        <circle cx="118" cy="250" r="6" />
        <circle cx="212" cy="250" r="6" opacity="0.75" />
        <circle cx="306" cy="250" r="6" opacity="0.5" />
      </g>
    </svg>
  );
}

export function Gate({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <div className="gate">
      <aside className="art" aria-label="About">
        <p className="say">From a push to a run, and you can see every step.</p>
        <Bridge />
      </aside>
      <main className="panel">
        <span className="brand">
          <img src={mark} alt="" /> runbridge
        </span>
        <div className="stack tight">
          <h1>{title}</h1>
          {lead && <p className="muted">{lead}</p>}
        </div>
        {children}
      </main>
    </div>
  );
}
