import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext } from "react";
import { ApiProblem, send, useCsrfToken } from "../api/client";
import type { User } from "../api/types";

export interface Session {
  userId: string;
  username: string;
  isAdmin: boolean;
  twoFactor: boolean;
  hasPassword: boolean;
}

interface SessionDocument {
  data: { attributes: { "csrf-token"?: string | null; "has-password"?: boolean; "has-one-time-codes"?: boolean } };
}

const SessionContext = createContext<Session | null>(null);
export const SESSION_KEY = ["session"];

async function readSession(): Promise<Session | null> {
  try {
    const current = (await send("get", "/api/v2/sessions/current", { expects401: true })) as SessionDocument;
    useCsrfToken(current.data.attributes["csrf-token"] ?? null);
    const account = (await send("get", "/api/v2/account/details", { expects401: true })) as { data: User };
    const { attributes } = account.data;
    return {
      userId: account.data.id,
      username: attributes.username ?? "",
      isAdmin: attributes["is-site-admin"] ?? attributes["is-admin"] ?? false,
      twoFactor: current.data.attributes["has-one-time-codes"] ?? false,
      hasPassword: current.data.attributes["has-password"] ?? true,
    };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }
}

export function useCurrentSession() {
  // Not read anew by itself: that a session has ended is told by the next call, which keeps what is on the page.
  return useQuery<Session | null, ApiProblem>({ queryKey: SESSION_KEY, queryFn: readSession, staleTime: Infinity, refetchOnWindowFocus: false, refetchOnReconnect: false });
}

/** The person who is signed in; only below SessionProvider. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession outside of a session");
  return session;
}

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

/**
 * Ends the session here and forgets everything that was read with it: the page is loaded anew. What still asks meanwhile
 * would be told that the session is over, and ask for a password.
 */
export function useSignOut() {
  const client = useQueryClient();
  return async () => {
    await client.cancelQueries();
    await send("delete", "/api/v2/sessions/current", { expects401: true });
    location.reload();
  };
}
