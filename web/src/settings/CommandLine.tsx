import { useState } from "react";
import { Button } from "../ui/Button";
import { CheckIcon, CopyIcon } from "../ui/icons";
import { SETTINGS } from "../ui/text";
import styles from "./controls.module.css";

/** How long the button says that it has copied. */
const SAY_COPIED_MS = 1_600;

/** The command that does the same natively, to copy, with a word about what it is for. */
export function CommandLine({ command, hint = SETTINGS.commandHint }: { command: string; hint?: string }) {
  return (
    <div className={styles.group}>
      <h2 className={styles.legend}>{SETTINGS.command}</h2>
      <CommandText command={command} hint={hint} />
    </div>
  );
}

/** A command and the button that copies it. */
export function CommandText({
  command,
  hint = "",
  testid = "command",
}: {
  command: string;
  hint?: string;
  testid?: string;
}) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      setCopied(true);
    } catch {
      // No permission: the text is there to be selected, and the button says that it did not work.
      setCopied(false);
    }
    setTimeout(() => setCopied(null), SAY_COPIED_MS);
  };
  return (
    <>
      <div className={styles.command}>
        <code data-testid={testid}>{command}</code>
        <Button kind="icon" aria-label={SETTINGS.copyCommand} onClick={() => void copy()}>
          {copied ? <CheckIcon /> : <CopyIcon />}
        </Button>
      </div>
      <p className={styles.hint} aria-live="polite">
        {copied === true && SETTINGS.copied}
        {copied === false && SETTINGS.copyRefused}
        {copied === null && hint}
      </p>
    </>
  );
}
