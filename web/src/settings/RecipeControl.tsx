import { useRef, useState } from "react";
import { Button } from "../ui/Button";
import { saveText } from "../ui/save";
import { SETTINGS } from "../ui/text";
import styles from "./controls.module.css";
import type { PanelSettings } from "./model";
import { fromRecipe, RECIPE_NAME, toRecipe } from "./recipe";

type Message =
  | { kind: "none" }
  | { kind: "loaded"; name: string }
  | { kind: "refused"; name: string; problems: string[] };

/** The settings as a file, out and in. */
export function RecipeControl({
  settings,
  onLoad,
}: {
  settings: PanelSettings;
  onLoad: (settings: PanelSettings) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [message, setMessage] = useState<Message>({ kind: "none" });
  const load = async (file: File) => {
    const reading = fromRecipe(await file.text());
    if (reading.ok) {
      onLoad(reading.settings);
      setMessage({ kind: "loaded", name: file.name });
    } else setMessage({ kind: "refused", name: file.name, problems: reading.problems });
  };
  return (
    <div className={styles.group}>
      <h2 className={styles.legend}>{SETTINGS.recipe}</h2>
      <div className={styles.pair}>
        <Button onClick={() => saveText(toRecipe(settings), RECIPE_NAME)}>{SETTINGS.saveRecipe}</Button>
        <Button onClick={() => input.current?.click()}>{SETTINGS.loadRecipe}</Button>
      </div>
      <input
        ref={input}
        type="file"
        hidden
        accept=".toml,.json"
        data-testid="recipe"
        aria-label={SETTINGS.loadRecipe}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (file) void load(file);
        }}
      />
      <div role="status" className={styles.hint} data-testid="recipe-message">
        {message.kind === "none" && SETTINGS.recipeHint}
        {message.kind === "loaded" && SETTINGS.recipeLoaded(message.name)}
        {message.kind === "refused" && (
          <>
            <p className={styles.refused}>{SETTINGS.recipeRefused(message.name)}</p>
            <ul className={styles.problems}>
              {message.problems.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}
