import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { type Params, type PathOf, type Query, get } from "../api/client";
import type { ApiProblem } from "../api/problem";
import { Problem, Waiting } from "./basics";

const PAGE = 100;

interface Paged<Row> {
  data: Row[];
  included?: unknown[];
  meta?: { pagination?: { "total-count"?: number } };
}

interface Column<Row> {
  title: string;
  width: string;
  /** Left out on narrow screens, */
  wide?: boolean;
  /** or put there on a second line: at its start or its end. */
  below?: "start" | "end";
  cell: (row: Row, document: Paged<Row>) => ReactNode;
}

interface Props<Row> {
  label: string;
  path: PathOf<"get">;
  params: Params;
  query?: Query;
  columns: Column<Row>[];
  empty: ReactNode;
  refresh?: number | false;
  rowHeight?: number;
  /** What one row is called, and several: rows that come in while somebody looks are announced. */
  names?: [one: string, several: string];
}

const NARROW = matchMedia("(max-width: 760px)");
const SECOND_LINE = 20;

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const look = () => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", look);
    return () => NARROW.removeEventListener("change", look);
  }, []);
  return narrow;
}

/** Says how many rows came in while the same list was shown. */
function Newcomers({ list, total, names }: { list: string; total: number; names: [string, string] }) {
  const before = useRef({ list, total });
  const [text, setText] = useState("");
  useEffect(() => {
    const more = before.current.list === list ? total - before.current.total : 0;
    before.current = { list, total };
    if (more > 0) setText(`${more} new ${more === 1 ? names[0] : names[1]}`);
  }, [list, total, names]);
  return (
    <div className="sr" role="status">
      {text}
    </div>
  );
}

function classesOf<Row>({ wide, below }: Column<Row>, index: number): string {
  return ["clip", index === 0 && "lead", wide && "wide", below && `below ${below}`].filter(Boolean).join(" ");
}

/**
 * A list as long as the server says; only the rows in sight exist, and only their pages are read. Cells of the first
 * column should hold the row's link.
 */
export function VirtualList<Row extends { id: string }>({ label, path, params, query = {}, columns, empty, refresh = 5_000, rowHeight = 42, names }: Props<Row>) {
  const port = useRef<HTMLDivElement>(null);
  const client = useQueryClient();
  const keyOf = (number: number) => [path, params, { ...query, "page[size]": PAGE, "page[number]": number }] as const;
  const known = client.getQueryData<Paged<Row>>(keyOf(1));
  const total = known?.meta?.pagination?.["total-count"] ?? known?.data.length ?? 0;
  const twoLines = useNarrow() && columns.some((column) => column.below);
  const height = rowHeight + (twoLines ? SECOND_LINE : 0);
  const virtual = useVirtualizer({ count: total, getScrollElement: () => port.current, estimateSize: () => height, overscan: 12 });
  useEffect(() => virtual.measure(), [height, virtual]);
  const items = virtual.getVirtualItems();
  const numbers = useMemo(() => {
    const wanted = new Set([1]);
    for (const item of items) wanted.add(Math.floor(item.index / PAGE) + 1);
    return [...wanted];
  }, [items]);
  const pages = useQueries({
    queries: numbers.map((number) => ({
      queryKey: keyOf(number),
      queryFn: ({ signal }: { signal: AbortSignal }) => get(path, params, { ...query, "page[size]": PAGE, "page[number]": number }, signal) as Promise<unknown> as Promise<Paged<Row>>,
      refetchInterval: refresh,
      notifyOnChangeProps: ["data", "error", "status"], // also while the list is empty and no row reads its data
    })),
  });
  const first = pages[0];
  if (first?.isPending) return <Waiting />;
  if (first?.error) {
    return (
      <div className="body">
        <Problem error={first.error as unknown as ApiProblem} again={() => void first.refetch()} />
      </div>
    );
  }
  const newcomers = names && <Newcomers list={JSON.stringify(keyOf(1))} total={total} names={names} />;
  if (total === 0) {
    return (
      <>
        {empty}
        {newcomers}
      </>
    );
  }
  const template = { gridTemplateColumns: columns.map((column) => column.width).join(" ") };
  const rowAt = (index: number) => {
    const document = pages[numbers.indexOf(Math.floor(index / PAGE) + 1)]?.data;
    return { row: document?.data[index % PAGE], document };
  };
  return (
    <>
      {newcomers}
      <div className="list" role="table" aria-label={label} aria-rowcount={total + 1}>
        <div role="rowgroup">
          <div className="head" role="row" aria-rowindex={1} style={template}>
            {columns.map((column) => (
              <span role="columnheader" key={column.title} className={column.wide ? "wide" : undefined}>
                {column.title}
              </span>
            ))}
          </div>
        </div>
        <div className="port" ref={port} role="rowgroup" tabIndex={0} aria-label={`${label}: rows`} style={{ height: `min(${virtual.getTotalSize()}px, max(300px, 100vh - 246px))` }}>
          <div style={{ height: virtual.getTotalSize() }} role="presentation">
            {items.map((item) => {
              const { row, document } = rowAt(item.index);
              return (
                <div className="line" role="row" key={item.key} aria-rowindex={item.index + 2} style={{ ...template, top: item.start, height: item.size }}>
                  {columns.map((column, index) => (
                    <span role="cell" key={column.title} className={classesOf(column, index)}>
                      {row && document ? column.cell(row, document) : <span className="ghost" />}
                    </span>
                  ))}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </>
  );
}
