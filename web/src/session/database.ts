/** The records of all sessions, in IndexedDB: small, and written all or not at all. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { ItemRecord } from "./records";

interface Schema extends DBSchema {
  items: { key: string; value: ItemRecord; indexes: { session: string } };
}

export type Database = IDBPDatabase<Schema>;

export function openDatabase(): Promise<Database> {
  return openDB<Schema>("planish", 1, {
    upgrade(database) {
      database.createObjectStore("items", { keyPath: "key" }).createIndex("session", "session");
    },
  });
}

/** Changes a record that is there; one that was removed meanwhile stays removed. */
export async function amend(database: Database, key: string, patch: Partial<ItemRecord>): Promise<boolean> {
  const transaction = database.transaction("items", "readwrite");
  const record = await transaction.store.get(key);
  if (record) await transaction.store.put({ ...record, ...patch });
  await transaction.done;
  return record !== undefined;
}
