import { useState } from "react";

export type Theme = "system" | "light" | "dark";

/** Also read by `public/theme.js`, before the first paint. */
const KEY = "planish.theme";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function current(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** The theme, and a function that goes on to the next one. */
export function useTheme(storage: Pick<Storage, "setItem" | "removeItem"> | null): [Theme, () => void] {
  const [theme, setTheme] = useState(current);
  const advance = () => {
    const next = NEXT[theme];
    if (next === "system") {
      delete document.documentElement.dataset.theme;
      storage?.removeItem(KEY);
    } else {
      document.documentElement.dataset.theme = next;
      storage?.setItem(KEY, next);
    }
    setTheme(next);
  };
  return [theme, advance];
}
