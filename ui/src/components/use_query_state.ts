import { useLocation, useSearch } from "wouter";

/** Filters live in the address: they survive a reload and can be sent to somebody. */
export function useQueryState(): [(name: string) => string, (name: string, value: string) => void] {
  const search = useSearch();
  const [location, go] = useLocation();
  const values = new URLSearchParams(search);
  return [
    (name) => values.get(name) ?? "",
    (name, value) => {
      const next = new URLSearchParams(location === window.location.pathname ? window.location.search : search);
      if (value) next.set(name, value);
      else next.delete(name);
      const text = next.toString();
      go(text ? `${location}?${text}` : location, { replace: true });
    },
  ];
}
