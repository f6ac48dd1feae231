import { type ReactNode, useEffect, useRef, useState } from "react";

interface Props {
  /** Headings of the columns; what is false is left out. */
  columns: (string | false | undefined)[];
  /** A last column for buttons, whose heading only screen readers get. */
  actions?: boolean;
  /** What the table is, where no heading around it says so. */
  label?: string;
  /** The rows. */
  children: ReactNode;
}

/** What is wider than its place is scrolled with the arrow keys too: it can have the focus then. */
function useOverflow() {
  const place = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setOver(element.scrollWidth > element.clientWidth));
    watcher.observe(element);
    if (element.firstElementChild) watcher.observe(element.firstElementChild);
    return () => watcher.disconnect();
  }, []);
  return { place, over };
}

/** A short table; where the screen is narrow, it scrolls sideways within itself. */
export function Table({ columns, actions, label, children }: Props) {
  const { place, over } = useOverflow();
  const reachable = over ? { tabIndex: 0, role: "region", "aria-label": `${label ?? columns.find(Boolean)}: scrolls sideways` } : {};
  return (
    <div className="scrolls" ref={place} {...reachable}>
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map(
              (title) =>
                title && (
                  <th scope="col" key={title}>
                    {title}
                  </th>
                ),
            )}
            {actions && (
              <th scope="col">
                <span className="sr">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
