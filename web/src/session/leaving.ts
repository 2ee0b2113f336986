import type { Session } from "./session";

/** Lets the browser ask before the tab is closed, but only where that loses something. */
export function warnBeforeLoss(session: Session): void {
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  let asking = false;
  // Listened to only while needed: such a listener keeps some browsers from holding the page for "back".
  session.store.subscribe(({ unkept }) => {
    if ((unkept !== null) === asking) return;
    asking = unkept !== null;
    if (asking) window.addEventListener("beforeunload", ask);
    else window.removeEventListener("beforeunload", ask);
  });
}
