import type { ReactNode } from "react";
import { useDocument } from "../api/hooks";
import type { User } from "../api/types";

/** Somebody by name, once the server has told it. */
export function Person({ id, otherwise }: { id: string | undefined; otherwise?: ReactNode }) {
  const user = useDocument("/api/v2/users/{user_id}", { user_id: id ?? "" }, {}, { enabled: Boolean(id) });
  return <>{user.data ? (user.data.data as User).attributes.username : otherwise}</>;
}
