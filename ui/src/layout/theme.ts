import { useState } from "react";

export type Theme = "system" | "light" | "dark";
const KEY = "runbridge.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

export function applyTheme() {
  const theme = chosen();
  document.documentElement.dataset.theme = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
}

dark.addEventListener("change", applyTheme);

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(chosen);
  return [
    theme,
    (next) => {
      localStorage.setItem(KEY, next);
      setTheme(next);
      applyTheme();
    },
  ];
}
