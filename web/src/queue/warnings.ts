import type { Format, OptimizationResult, Warning } from "../engine/types";
import { ROW } from "../ui/page-text";
import { FORMAT_NAMES } from "../ui/words";
import { formatOfName } from "./output-path";

/** What the user should know about a result: what the engine says, and what only the file's name shows. */
export function warningsOf(name: string, result: OptimizationResult): readonly Warning[] {
  const claimed = formatOfName(name);
  if (claimed === null || claimed === result.inputFormat) return result.warnings;
  return [...result.warnings, wrongExtension(claimed, result.inputFormat)];
}

/** The engine goes by the bytes and never sees the name. */
function wrongExtension(claimed: Format, actual: Format): Warning {
  return {
    code: "wrong_extension",
    message: ROW.lie(FORMAT_NAMES[claimed], FORMAT_NAMES[actual]),
  };
}
