import type { ButtonHTMLAttributes } from "react";
import styles from "./Button.module.css";

type Kind = "primary" | "quiet" | "icon";

/** @param kind `primary` is for the one thing to do next; `icon` needs an `aria-label`. */
export function Button({
  kind = "quiet",
  className = "",
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { kind?: Kind }) {
  return <button type="button" className={`${styles.button} ${styles[kind]} ${className}`} {...rest} />;
}

/** For links that look and feel like an icon button (a download is a link). */
export const iconButtonClass = `${styles.button} ${styles.icon}`;
