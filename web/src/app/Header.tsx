import type { ReactNode } from "react";
import { type Theme, useTheme } from "../theme/theme";
import { Button } from "../ui/Button";
import { MoonIcon, SunIcon, SystemIcon } from "../ui/icons";
import { PAGE } from "../ui/page-text";
import styles from "./app.module.css";
import { Logo } from "./Logo";
import { storage } from "./storage";

const THEMES: Record<Theme, { label: string; icon: ReactNode }> = {
  system: { label: PAGE.themes.system, icon: <SystemIcon /> },
  light: { label: PAGE.themes.light, icon: <SunIcon /> },
  dark: { label: PAGE.themes.dark, icon: <MoonIcon /> },
};

export function Header({ children }: { children?: ReactNode }) {
  const [theme, advance] = useTheme(storage);
  const { label, icon } = THEMES[theme];
  return (
    <header className={styles.header}>
      <h1>
        <Logo />
      </h1>
      <div className={styles.headerActions}>
        {children}
        <Button kind="icon" aria-label={label} title={label} onClick={advance}>
          {icon}
        </Button>
      </div>
    </header>
  );
}
