import { useEffect, useRef, useState } from "react";

const STX = 0x02;
const ETX = 0x03;
const CHUNK = 65_536;
const PAUSE = 700;
const SLOW = 5_000;

interface Log {
  text: string;
  ended: boolean;
  error: string | null;
}

const wait = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

/**
 * Reads the log called `id` from where it stopped, until its end byte has come. The bytes are framed by STX and ETX. Its
 * address ends after a while and is then another: the newest one is used, and reading goes on.
 */
export function useLog(id: string, url: string, live: boolean): Log {
  const [log, setLog] = useState<Log>({ text: "", ended: false, error: null });
  const still = useRef(live);
  still.current = live;
  const address = useRef(url);
  address.current = url;
  useEffect(() => {
    const stop = new AbortController();
    const decoder = new TextDecoder();
    let offset = 0;
    let text = "";
    async function step(): Promise<"more" | "pause" | "end"> {
      const response = await fetch(`${address.current}?offset=${offset}&limit=${CHUNK}`, { signal: stop.signal, cache: "no-store" });
      if (!response.ok) throw new Error(`The log cannot be read now (${response.status}).`);
      let bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length === 0) return still.current ? "pause" : "end";
      const first = offset === 0 && bytes[0] === STX;
      offset += bytes.length;
      const ended = bytes.at(-1) === ETX;
      bytes = bytes.subarray(first ? 1 : 0, ended ? -1 : undefined);
      text += decoder.decode(bytes, { stream: !ended });
      setLog({ text, ended, error: null });
      return ended ? "end" : "more";
    }
    async function run() {
      while (!stop.signal.aborted) {
        try {
          const next = await step();
          if (next === "end") return setLog((now) => ({ ...now, ended: true }));
          if (next === "pause") await wait(PAUSE, stop.signal);
        } catch (error) {
          if (stop.signal.aborted) return;
          setLog((now) => ({ ...now, error: `${error instanceof Error ? error.message : "The log cannot be read."} Trying again.` }));
          await wait(SLOW, stop.signal);
        }
      }
    }
    void run();
    return () => stop.abort();
  }, [id]);
  return log;
}
