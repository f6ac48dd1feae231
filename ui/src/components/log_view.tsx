import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { AnsiReader, plainText } from "../format/ansi";
import { Button } from "./basics";
import { useLog } from "./use_log";

const STEP = 19;

/** A log while it is written: colours, search, follow, download. Only the lines in sight exist. */
export function LogView({ id, url, title, live }: { id: string; url: string; title: string; live: boolean }) {
  const { text, ended, error } = useLog(id, url, live);
  const port = useRef<HTMLDivElement>(null);
  const [follow, setFollow] = useState(true);
  const [search, setSearch] = useState("");
  const [hit, setHit] = useState(0);
  const lines = useMemo(() => (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n"), [text]);
  const coloured = useMemo(() => {
    const reader = new AnsiReader();
    return lines.map((line) => reader.line(line));
  }, [lines]);
  const hits = useMemo(() => {
    if (!search) return [];
    const wanted = search.toLowerCase();
    return lines.flatMap((line, index) => (plainText(line).toLowerCase().includes(wanted) ? [index] : []));
  }, [lines, search]);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => port.current, estimateSize: () => STEP, overscan: 30 });
  useEffect(() => {
    if (follow && lines.length > 1) virtual.scrollToIndex(lines.length - 1);
  }, [follow, lines.length, virtual]);
  const jump = (to: number) => {
    if (hits.length === 0) return;
    const next = (to + hits.length) % hits.length;
    setHit(next);
    setFollow(false);
    virtual.scrollToIndex(hits[next]!, { align: "center" });
  };
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = `${title.toLowerCase().replaceAll(/\W+/g, "-")}.log`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
  };
  return (
    <section className="sheet" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <form
          className="toolbar"
          onSubmit={(event) => {
            event.preventDefault();
            jump(hit + 1);
          }}
        >
          <input
            className="input"
            type="search"
            aria-label={`Search the log of ${title}`}
            placeholder="Search the log"
            value={search}
            onChange={(event) => {
              setSearch(event.target.value);
              setHit(-1);
            }}
          />
          {search && (
            <>
              <span className="small muted" aria-live="polite">
                {hits.length === 0 ? "nothing" : `${Math.max(hit, 0) + 1} of ${hits.length}`}
              </span>
              <Button small onClick={() => jump(hit - 1)} aria-label="Previous match">↑</Button>
              <Button small onClick={() => jump(hit + 1)} aria-label="Next match">↓</Button>
            </>
          )}
          {!ended && (
            <Button small aria-pressed={follow} onClick={() => setFollow(!follow)}>
              {follow ? "Following" : "Follow"}
            </Button>
          )}
          <Button small onClick={download}>
            Download
          </Button>
        </form>
      </header>
      {error && <p className="body">{error}</p>}
      <div
        className="log"
        ref={port}
        tabIndex={0}
        role="log"
        aria-label={`Log of ${title}`}
        onWheel={(event) => event.deltaY < 0 && setFollow(false)}
      >
        <div style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => (
            <div key={item.key} className={`entry ${hits[hit] === item.index ? "hit" : ""}`} style={{ top: item.start, height: STEP }}>
              <span className="number" aria-hidden="true">
                {item.index + 1}
              </span>
              <span>
                {coloured[item.index]?.map((span, index) => (
                  <span key={index} className={span.className || undefined}>
                    {span.text}
                  </span>
                ))}
              </span>
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
