/** The native command, to compare with. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const binary =
  process.env.PLANISH_BIN ?? fileURLToPath(new URL("../../target/release/planish", import.meta.url));

/** Wherever the command lies: the sidecar of these sources. */
const env = { ...process.env, PLANISH_SIDECAR: fileURLToPath(new URL("../../native", import.meta.url)) };

/** What `planish FILE -o FOLDER flags…` writes for one file. */
export async function nativeOutput(file: string, flags: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "planish-e2e-"));
  try {
    await promisify(execFile)(binary, [file, "-o", folder, ...flags], { env });
    const [written, ...others] = await readdir(folder);
    if (!written || others.length > 0)
      throw new Error(`expected one output for ${file}, got ${written}, ${others}`);
    return await readFile(join(folder, written));
  } finally {
    await rm(folder, { recursive: true });
  }
}
