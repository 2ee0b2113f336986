import { type RefObject, useEffect, useRef } from "react";
import type { Point, Size } from "./view";

export interface Gestures {
  /** Device pixels. */
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: Point): void;
  double(at: Point): void;
}

/** How much a wheel's notch zooms. Pinches on a touchpad come as small steps of a wheel with Ctrl. */
const WHEEL_RATE = 0.0016;
const PINCH_RATE = 0.01;

/** Mouse, pen, fingers and wheel, as what they mean for the view. */
export function usePointers(box: RefObject<HTMLElement | null>, viewport: Size, gestures: Gestures): void {
  const latest = useRef(gestures);
  useEffect(() => {
    latest.current = gestures;
  });

  useEffect(() => {
    const element = box.current;
    if (!element || viewport.width === 0) return;
    const down = new Map<number, Point>();
    const at = ({ clientX, clientY }: MouseEvent): Point => {
      const { left, top } = element.getBoundingClientRect();
      const scale = window.devicePixelRatio;
      return { x: (clientX - left) * scale, y: (clientY - top) * scale };
    };
    const spread = () => {
      const [a, b] = [...down.values()];
      if (!a || !b) return null;
      return {
        distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
        middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
      };
    };
    const listeners = {
      pointerdown: (event: PointerEvent) => {
        if (event.button !== 0 || (event.target as Element).closest("button, [role=slider]")) return;
        element.setPointerCapture(event.pointerId);
        down.set(event.pointerId, at(event));
      },
      pointermove: (event: PointerEvent) => {
        const before = down.get(event.pointerId);
        if (!before) return;
        const pinch = spread();
        const now = at(event);
        down.set(event.pointerId, now);
        const pinched = spread();
        if (pinch && pinched) {
          latest.current.pan(pinched.middle.x - pinch.middle.x, pinched.middle.y - pinch.middle.y);
          latest.current.zoom(pinched.distance / pinch.distance, pinched.middle);
        } else {
          latest.current.pan(now.x - before.x, now.y - before.y);
        }
      },
      pointerup: (event: PointerEvent) => void down.delete(event.pointerId),
      pointercancel: (event: PointerEvent) => void down.delete(event.pointerId),
      dblclick: (event: MouseEvent) => {
        if (!(event.target as Element).closest("button, [role=slider]")) latest.current.double(at(event));
      },
      wheel: (event: WheelEvent) => {
        event.preventDefault();
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
        const rate = event.ctrlKey ? PINCH_RATE : WHEEL_RATE;
        latest.current.zoom(Math.exp(-event.deltaY * lines * rate), at(event));
      },
    };
    const removal = new AbortController();
    for (const [name, listener] of Object.entries(listeners)) {
      // Not passive: the page must not scroll or zoom with it.
      element.addEventListener(name, listener as EventListener, { signal: removal.signal, passive: false });
    }
    return () => removal.abort();
  }, [box, viewport.width]);
}
