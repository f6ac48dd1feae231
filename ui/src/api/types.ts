import type { components } from "./schema";

export type Schema<N extends keyof components["schemas"]> = components["schemas"][N];

export type Organization = Schema<"Organization">;
export type OAuthClient = Schema<"OAuthClient">;
export type VcsKind = Schema<"VcsKind">;
export type Repository = Schema<"AuthorizedRepo">;
export type Workspace = Schema<"Workspace">;
export type Variable = Schema<"Variable">;
export type Run = Schema<"Run">;
export type Delivery = Schema<"Delivery">;
export type Decision = Schema<"TriggerDecision">;
export type Check = Schema<"Check">;
export type HostKey = Schema<"SshHostKey">;
export type Hook = Schema<"VcsHook">;
export type User = Schema<"User">;

interface Related {
  data?: { id: string; type: string } | null;
}

/** The id that a to-one relationship names. */
export function relatedId(related: Related | undefined): string | undefined {
  return related?.data?.id;
}

/** Those that a to-many relationship names. */
export function relatedIds(related: unknown): string[] {
  return ((related as { data?: { id: string }[] } | undefined)?.data ?? []).map((one) => one.id);
}

interface Included {
  id: string;
  type: string;
  attributes?: Record<string, unknown>;
}

/** A resource that came along with a document. */
export function includedOne<T extends { attributes: unknown }>(
  document: { included?: Included[] } | undefined,
  related: Related | undefined,
): T | undefined {
  const id = related?.data?.id;
  return document?.included?.find((one) => one.id === id) as unknown as T | undefined;
}
