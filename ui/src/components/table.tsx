import type { ReactNode } from "react";

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

/** A short table; where the screen is narrow, it scrolls sideways within itself. */
export function Table({ columns, actions, label, children }: Props) {
  return (
    <div className="scrolls">
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
