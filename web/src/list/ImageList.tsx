import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { PageParts } from "../app/page";
import { useCountedRenders } from "../diagnostics/renders";
import type { ItemId } from "../queue/item";
import { Button } from "../ui/Button";
import { LIST } from "../ui/text";
import { EVERYTHING } from "./arrange";
import styles from "./ImageList.module.css";
import { ImageRow } from "./ImageRow";
import { keyAction } from "./keys";

/** Of a row without notes, as the style sheet makes it: the first guess until it is measured. */
const ROW_HEIGHT = { wide: 77, narrow: 128 };

/** Rows kept ready above and below. */
const OVERSCAN = 6;

/**
 * The images, of which only those in sight are in the document. A grid to assistive technology: one stop for
 * the Tab key, arrows within, and every row knows its place among all of them.
 */
export function ImageList({ page, head }: { page: PageParts; head: RefObject<HTMLElement | null> }) {
  useCountedRenders("list");
  const { queue, view, look } = page;
  const ids = useStore(view, (state) => state.ids);
  const total = useStore(queue.store, ({ order }) => order.length);
  const unsettled = useStore(queue.store, ({ totals }) => totals.active);
  const focused = useStore(view, ({ selection }) => selection.focused);
  const grid = useRef<HTMLDivElement>(null);
  const { margin, headHeight, narrow } = usePlace(grid, head, ids.length === 0);
  const entry = focused ?? ids[0];
  const entryIndex = entry === undefined ? -1 : ids.indexOf(entry);

  const virtualizer = useWindowVirtualizer({
    count: ids.length,
    estimateSize: useCallback(() => (narrow ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide), [narrow]),
    getItemKey: useCallback((index: number) => ids[index] ?? index, [ids]),
    overscan: OVERSCAN,
    scrollMargin: margin,
    scrollPaddingStart: headHeight,
    scrollPaddingEnd: 8,
    useFlushSync: false,
    // The row the keyboard is in stays, however far one scrolls: else the focus would be lost with it.
    rangeExtractor: useCallback(
      (range: Range) => {
        const indexes = defaultRangeExtractor(range);
        if (entryIndex < 0 || entryIndex >= range.count || indexes.includes(entryIndex)) return indexes;
        return [...indexes, entryIndex].sort((a, b) => a - b);
      },
      [entryIndex],
    ),
  });

  // The row to move the focus to, until it is in the document: a long jump takes more than one render. Which row it is
  // has to be said: effects of an earlier render can still be due when a key comes, and know nothing of it.
  const focusWanted = useRef<ItemId | null>(null);
  useEffect(() => {
    if (focused === null || focusWanted.current !== focused) return;
    const row = grid.current?.querySelector<HTMLElement>(`[data-id="${focused}"]`);
    const index = ids.indexOf(focused);
    if (index >= 0) virtualizer.scrollToIndex(index);
    if (!row) return;
    focusWanted.current = null;
    row.focus({ preventScroll: true });
  });

  const onKeyDown = (event: React.KeyboardEvent<HTMLDivElement>) => {
    const onRow = (event.target as HTMLElement).getAttribute("role") === "row";
    const rows = Math.max(1, virtualizer.getVirtualItems().length - 2 * OVERSCAN);
    const action = keyAction(event, { onRow, pageRows: rows, count: ids.length });
    if (!action) return;
    event.preventDefault();
    const { selection } = view.getState();
    switch (action.kind) {
      case "move":
        view.move(action.steps, action.extend);
        focusWanted.current = view.getState().selection.focused;
        break;
      case "toggle":
        if (entry !== undefined) view.choose(entry, action.range ? "range" : "toggle");
        break;
      case "all":
        view.selectAll();
        break;
      case "none":
        view.selectNone();
        break;
      case "look":
        if (entry !== undefined) look.open(entry);
        break;
      case "remove": {
        const doomed = selection.selected.size > 0 ? [...selection.selected] : [entry ?? -1];
        const next = ids[Math.min(entryIndex, ids.length - doomed.length - 1)];
        for (const id of doomed) queue.remove(id);
        if (next !== undefined) {
          view.focus(next);
          focusWanted.current = next;
        }
        break;
      }
    }
  };

  const onClick = (event: React.MouseEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement;
    const id = idOf(target);
    if (id === null || target.closest("a, button")) return;
    const touch = (event.nativeEvent as PointerEvent).pointerType === "touch";
    if (touch && view.getState().selection.selected.size === 0) look.open(id);
    else
      view.choose(id, event.shiftKey ? "range" : event.ctrlKey || event.metaKey || touch ? "toggle" : "only");
  };

  const onDoubleClick = (event: React.MouseEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement;
    const id = idOf(target);
    if (id !== null && !target.closest("a, button")) look.open(id);
  };

  if (ids.length === 0 && total > 0) {
    return (
      <div className={styles.nothing} data-testid="list" data-count={total} data-active={unsettled}>
        <p>{LIST.nothing}</p>
        <Button onClick={() => view.ask({ ...EVERYTHING, sort: view.getState().query.sort })}>
          {LIST.showAll}
        </Button>
      </div>
    );
  }
  return (
    <>
      <p id="list-help" className="visually-hidden">
        {LIST.help}
      </p>
      <div
        ref={grid}
        className={styles.list}
        role="grid"
        aria-label={LIST.label}
        aria-describedby="list-help"
        aria-multiselectable="true"
        aria-rowcount={ids.length}
        data-testid="list"
        data-count={total}
        data-active={unsettled}
        style={{ height: virtualizer.getTotalSize() }}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onDoubleClick={onDoubleClick}
        onFocus={(event) => {
          const id = idOf(event.target);
          if (id !== null) view.focus(id);
        }}
      >
        {virtualizer.getVirtualItems().map(({ index, key, start }) => (
          <div
            key={key}
            role="presentation"
            ref={virtualizer.measureElement}
            data-index={index}
            className={styles.place}
            style={{ transform: `translateY(${start - margin}px)` }}
          >
            <ImageRow id={key as ItemId} index={index} tabbable={key === entry} page={page} />
          </div>
        ))}
      </div>
    </>
  );
}

function idOf(element: Element): ItemId | null {
  const row = element.closest<HTMLElement>("[data-id]");
  return row ? Number(row.dataset.id) : null;
}

/** Where the list begins in the document, and how much of the window the head over it covers. */
function usePlace(grid: RefObject<HTMLElement | null>, head: RefObject<HTMLElement | null>, empty: boolean) {
  const [place, setPlace] = useState({ margin: 0, headHeight: 0, narrow: false });
  useLayoutEffect(() => {
    if (empty) return;
    const look = () => {
      if (!grid.current) return;
      const { top, width } = grid.current.getBoundingClientRect();
      const sticky = head.current && getComputedStyle(head.current).position === "sticky";
      const next = {
        margin: Math.round(top + window.scrollY),
        headHeight: sticky ? (head.current?.offsetHeight ?? 0) : 0,
        narrow: width < 680,
      };
      setPlace((now) =>
        now.margin === next.margin && now.headHeight === next.headHeight && now.narrow === next.narrow
          ? now
          : next,
      );
    };
    look();
    // Whatever grows or shrinks above the list changes the height of the page.
    const observer = new ResizeObserver(look);
    observer.observe(document.body);
    if (head.current) observer.observe(head.current);
    return () => observer.disconnect();
  }, [grid, head, empty]);
  return place;
}
