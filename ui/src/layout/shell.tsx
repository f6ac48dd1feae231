import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { Link, useLocation } from "wouter";
import { useDocument } from "../api/hooks";
import { Button } from "../components/basics";
import mark from "../mark.svg";
import { useSession, useSignOut } from "../session/session";
import { useOrganization } from "./organization";
import { type Theme, useTheme } from "./theme";

const GROUPS: [string, [string, string][]][] = [
  ["Work", [["Workspaces", "/workspaces"], ["Runs", "/runs"], ["Deliveries", "/deliveries"]]],
  ["Connect", [["Providers", "/providers"], ["Hooks", "/hooks"], ["Keys", "/keys"], ["Service connections", "/connections"]]],
  ["Organization", [["People and teams", "/people"], ["Tokens", "/tokens"], ["Audit log", "/audit"], ["System", "/system"], ["Settings", "/settings"]]],
];
const NEXT_THEME: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function Navigation({ leave }: { leave: () => void }) {
  const { path } = useOrganization();
  const [location] = useLocation();
  return (
    <nav aria-label="Sections">
      {GROUPS.map(([title, items]) => (
        <div className="group" key={title}>
          <span>{title}</span>
          {items.map(([label, to]) => (
            <Link key={to} href={path(to)} onClick={leave} aria-current={location.startsWith(path(to)) ? "page" : undefined}>
              {label}
            </Link>
          ))}
        </div>
      ))}
    </nav>
  );
}

function Switcher() {
  const { name } = useOrganization();
  const [, go] = useLocation();
  const all = useDocument("/api/v2/organizations", {}, { "page[size]": 100 });
  return (
    <MenuTrigger>
      <AriaButton className="button switch" aria-label={`Organization ${name}; choose another`}>
        <span className="clip grow">{name}</span> <span aria-hidden="true">▾</span>
      </AriaButton>
      <Popover className="popover" placement="bottom start">
        <Menu className="menu" onAction={(key) => go(key === "" ? "/?new" : `/app/${encodeURIComponent(String(key))}/workspaces`)}>
          {(all.data?.data ?? []).map((one) => (
            <MenuItem className="item" key={one.attributes.name} id={one.attributes.name}>
              {one.attributes.name}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function Foot() {
  const session = useSession();
  const signOut = useSignOut();
  const [theme, setTheme] = useTheme();
  const [, go] = useLocation();
  return (
    <div className="foot">
      <Button look="quiet" small onClick={() => setTheme(NEXT_THEME[theme])} aria-label={`Colours: ${theme}. Change`}>
        Colours: {theme}
      </Button>
      <MenuTrigger>
        <AriaButton className="button quiet small" aria-label={`Account of ${session.username}`}>
          <span className="clip">{session.username}</span> <span aria-hidden="true">▾</span>
        </AriaButton>
        <Popover className="popover" placement="top start">
          <Menu className="menu" onAction={(key) => (key === "out" ? void signOut() : go("/account"))}>
            <MenuItem className="item" id="account">
              Your account
            </MenuItem>
            <MenuItem className="item" id="out">
              Sign out
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  );
}

/** A new page is announced and begins at its top. */
function useArrival() {
  const main = useRef<HTMLElement>(null);
  const [location] = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [location]);
  return main;
}

export function Shell({ children }: { children: ReactNode }) {
  const { path } = useOrganization();
  const [open, setOpen] = useState(false);
  const main = useArrival();
  const brand = (
    <Link href={path("/workspaces")} className="brand">
      <img src={mark} alt="" /> runbridge
    </Link>
  );
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="bar">
        {brand}
        <Button onClick={() => setOpen(!open)} aria-expanded={open} aria-controls="side">
          Menu
        </Button>
      </header>
      <aside className={`side ${open ? "open" : ""}`} id="side" aria-label="Navigation">
        {!open && brand}
        <Switcher />
        <Navigation leave={() => setOpen(false)} />
        <Foot />
      </aside>
      <main className="main" id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
