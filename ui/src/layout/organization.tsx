import { createContext, useContext } from "react";
import type { Organization } from "../api/types";

interface Place {
  name: string;
  organization: Organization;
}

export const OrganizationContext = createContext<Place | null>(null);

/** The organization whose pages these are. */
export function useOrganization(): Place & { path: (rest: string) => string } {
  const place = useContext(OrganizationContext);
  if (!place) throw new Error("useOrganization outside of an organization");
  return { ...place, path: (rest) => `/app/${encodeURIComponent(place.name)}${rest}` };
}

const KEY = "runbridge.organization";
export const rememberOrganization = (name: string) => localStorage.setItem(KEY, name);
export const lastOrganization = () => localStorage.getItem(KEY);
