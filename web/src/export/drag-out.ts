/**
 * Lets download links be dragged to the desktop or into another program as the file itself. Chromium does it;
 * other browsers drag the address, as they would anyway.
 */
export function allowDragOut(): void {
  document.addEventListener("dragstart", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[download]") : null;
    if (!(link instanceof HTMLAnchorElement) || !event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "copy";
    event.dataTransfer.setData("DownloadURL", `application/octet-stream:${link.download}:${link.href}`);
  });
}
