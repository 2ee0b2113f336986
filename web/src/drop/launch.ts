/** Images that come from the system: opened with the installed page, or shared to it. */
import { SHARED_MARK } from "../offline/messages";
import { takeShared } from "../offline/shared-files";
import { fromFileList, type Incoming } from "./incoming";

interface LaunchParams {
  readonly files: readonly FileSystemHandle[];
}

/** Chromium's; nowhere else can an installed page be opened with files. */
interface LaunchQueue {
  setConsumer(consumer: (params: LaunchParams) => void): void;
}

/** Asks the system for what the page was opened with, now and as long as it is open. */
export function receiveFromSystem(receive: (incoming: Incoming) => void): void {
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer((params) => void fromHandles(params.files).then(receive));
  const here = new URL(location.href);
  if (!here.searchParams.has(SHARED_MARK)) return;
  // Gone from the address, so that a reload does not ask again.
  here.searchParams.delete(SHARED_MARK);
  history.replaceState(null, "", here);
  void takeShared(caches).then((files) => receive(fromFileList(files)));
}

/** A launch without files only brings the window to the front. */
export async function fromHandles(handles: readonly FileSystemHandle[]): Promise<Incoming> {
  const incoming: Incoming = { files: [], leftOut: 0, unreadable: [] };
  for (const handle of handles) {
    if (!(handle instanceof FileSystemFileHandle)) continue;
    try {
      const file = await handle.getFile();
      incoming.files.push({ file, path: file.name, origin: { root: handle, path: "" } });
    } catch {
      incoming.unreadable.push(handle.name);
    }
  }
  return incoming;
}
