/** What a key means in the list. */
export type KeyAction =
  | { kind: "move"; steps: number; extend: boolean }
  | { kind: "toggle"; range: boolean }
  | { kind: "all" | "none" | "look" | "remove" };

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** @param where `onRow`: the row itself has the focus, not a button in it, whose keys are its own. */
export function keyAction(
  { key, ctrlKey, metaKey, shiftKey, altKey }: Pressed,
  where: { onRow: boolean; pageRows: number; count: number },
): KeyAction | null {
  const command = ctrlKey || metaKey;
  if (altKey) return null;
  const move = (steps: number): KeyAction => ({ kind: "move", steps, extend: shiftKey });
  switch (key) {
    case "ArrowDown":
      return move(1);
    case "ArrowUp":
      return move(-1);
    case "PageDown":
      return move(where.pageRows);
    case "PageUp":
      return move(-where.pageRows);
    case "Home":
      return move(-where.count);
    case "End":
      return move(where.count);
    case "a":
    case "A":
      return command ? { kind: "all" } : null;
    case "Escape":
      return { kind: "none" };
    case " ":
      return where.onRow ? { kind: "toggle", range: shiftKey } : null;
    case "Enter":
      return where.onRow ? { kind: "look" } : null;
    case "Delete":
    case "Backspace":
      return where.onRow ? { kind: "remove" } : null;
    default:
      return null;
  }
}
