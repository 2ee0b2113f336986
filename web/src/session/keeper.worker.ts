/** Stores images and records, away from the main thread. */
import * as comlink from "comlink";
import { amend, type Database, openDatabase } from "./database";
import { erase, read, sweep, write } from "./files";
import type { ItemRecord, Keeper, Restored } from "./records";
import { hasRoom, isOver } from "./worth";

/**
 * A tab that is being loaded again may still hold its session for a moment. One that is open holds it for good,
 * and keeps it.
 */
const LOCK_WITHIN_MS = 2_000;

const lockOf = (session: string) => `planish-session-${session}`;

let session = "";
let opened: Promise<Database> | undefined;

function database(): Promise<Database> {
  opened ??= openDatabase();
  return opened;
}

/** Whether this tab has it now; it is given back when the tab ends, however it ends. */
function hold(name: string, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    navigator.locks
      .request(name, { ...(signal && { signal }) }, () => {
        resolve(true);
        return new Promise(() => undefined);
      })
      .catch(() => resolve(false));
  });
}

async function restore(record: ItemRecord, restored: Restored): Promise<void> {
  const db = await database();
  const { key, path, type, lastModified, kept } = record;
  const input = record.hasInput ? await read(key, "in") : null;
  const output = kept.state === "done" ? await read(key, "out") : null;
  if (!input) {
    restored.lost.push(path);
    await db.delete("items", key);
    await erase(key);
    return;
  }
  const name = path.slice(path.lastIndexOf("/") + 1);
  restored.items.push({
    // Done, but what came out is not there: it is done again.
    record: kept.state === "done" && !output ? { ...record, kept: { state: "waiting" } } : record,
    input: new File([input], name, { type, lastModified }),
    output: output && kept.state === "done" ? output.slice(0, output.size, kept.type) : null,
  });
}

const keeper: Keeper = {
  async open() {
    const db = await database();
    session = crypto.randomUUID();
    await hold(lockOf(session));
    const all = await db.getAll("items");
    const restored: Restored = { items: [], lost: [] };
    const signal = AbortSignal.timeout(LOCK_WITHIN_MS);
    const sessions = [...new Set(all.map((record) => record.session))];
    const others = await Promise.all(
      sessions.map(async (name) => ((await hold(lockOf(name), signal)) ? [name] : [])),
    );
    for (const name of others.flat()) {
      // Again, now that nobody else writes to it.
      const records = await db.getAllFromIndex("items", "session", name);
      records.sort((a, b) => a.order - b.order);
      if (isOver(records, Date.now())) await keeper.remove(records.map(({ key }) => key));
      else for (const record of records) await restore(record, restored);
    }
    if (others.flat().length === sessions.length) {
      await sweep(() => db.getAllKeys("items"));
    }
    return restored;
  },

  async add(record, input) {
    const full = async () => !hasRoom(input.size, await navigator.storage.estimate());
    try {
      // Asked first: where there is no room for the record either, its own failure says little.
      const noRoom = await full();
      const db = await database();
      await db.put("items", { ...record, session, hasInput: false, exported: null });
      if (noRoom) return "full";
      await write(record.key, "in", input);
      if (!(await amend(db, record.key, { hasInput: true }))) await erase(record.key);
      return null;
    } catch (thrown) {
      await erase(record.key).catch(() => undefined);
      if ((thrown instanceof Error && thrown.name === "QuotaExceededError") || (await full())) return "full";
      // The file itself may be what cannot be read; then the engine says so.
      return (await readable(input)) ? "unavailable" : null;
    }
  },

  async settle(key, kept, output) {
    const db = await database();
    if (output) {
      try {
        await write(key, "out", output);
      } catch {
        // No room: it is done again, should the tab be closed.
        await amend(db, key, { kept: { state: "waiting" } });
        return;
      }
    }
    if (!(await amend(db, key, { kept, exported: null }))) await erase(key);
  },

  async override(key, override) {
    await amend(await database(), key, { override });
  },

  async exported(keys) {
    const db = await database();
    for (const key of keys) await amend(db, key, { exported: Date.now() });
  },

  async remove(keys) {
    const db = await database();
    const transaction = db.transaction("items", "readwrite");
    for (const key of keys) void transaction.store.delete(key);
    await transaction.done;
    for (const key of keys) await erase(key);
  },
};

async function readable(file: Blob): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

comlink.expose(keeper);
