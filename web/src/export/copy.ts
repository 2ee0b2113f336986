import type { ViewStore } from "../list/view-store";
import type { Output } from "../queue/item";
import type { Queue } from "../queue/queue";

/** "Copy" while one finished image is selected copies what came out of it. */
export function allowCopy(queue: Queue, view: ViewStore): void {
  document.addEventListener("copy", (event) => {
    // Selected words, or what stands in a field, go first.
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (typing || !(getSelection()?.isCollapsed ?? true)) return;
    const [id, ...others] = view.getState().selection.selected;
    const item = id === undefined || others.length > 0 ? undefined : queue.store.getState().items.get(id);
    if (item?.state !== "done") return;
    event.preventDefault();
    // Refused by the browser or its user: the clipboard stays as it was, which is what they chose.
    void copyImage(item.output).catch(() => undefined);
  });
}

/**
 * Copies the picture. Clipboards take PNG and little else: another format is copied as one, which is larger but
 * looks the same.
 */
export async function copyImage({ blob }: Output): Promise<void> {
  const supported = (ClipboardItem as { supports?(type: string): boolean }).supports?.(blob.type) ?? false;
  const content = supported ? blob : toPng(blob);
  await navigator.clipboard.write([new ClipboardItem({ [supported ? blob.type : "image/png"]: content })]);
}

async function toPng(blob: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(blob);
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    if (!context) throw new Error("This browser gives no canvas to make a PNG with.");
    context.drawImage(bitmap, 0, 0);
    return await canvas.convertToBlob({ type: "image/png" });
  } finally {
    bitmap.close();
  }
}
