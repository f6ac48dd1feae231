import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Answer, type Params, type PathOf, type Query, get } from "./client";
import type { ApiProblem } from "./problem";

interface Options {
  enabled?: boolean;
  /** Milliseconds; false: only when asked. */
  refresh?: number | false;
  keep?: boolean;
}

/** A document of the API, kept fresh while somebody looks at it. */
export function useDocument<P extends PathOf<"get">>(path: P, params: Params = {}, query: Query = {}, options: Options = {}) {
  return useQuery<Answer<P, "get">, ApiProblem>({
    queryKey: [path, params, query],
    queryFn: ({ signal }) => get(path, params, query, signal),
    enabled: options.enabled,
    refetchInterval: options.refresh ?? false,
    placeholderData: options.keep ? keepPreviousData : undefined,
  });
}

/** Something that changes the server; every list and document of the given paths is read anew afterwards. */
export function useAction<Input = void, Output = unknown>(act: (input: Input) => Promise<Output>, changes: PathOf<"get">[] = []) {
  const client = useQueryClient();
  return useMutation<Output, ApiProblem, Input>({
    mutationFn: act,
    onSettled: () => Promise.all(changes.map((path) => client.invalidateQueries({ queryKey: [path] }))),
  });
}
