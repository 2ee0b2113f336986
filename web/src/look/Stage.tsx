import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useCountedRenders } from "../diagnostics/renders";
import { Button } from "../ui/Button";
import { AddIcon, MinusIcon } from "../ui/icons";
import { LOOK } from "../ui/text";
import { checkers, draw, type Scene } from "./draw";
import styles from "./look.module.css";
import { usePointers } from "./use-pointers";
import { fitted, kept, overflows, panBy, type Size, type View, ZOOM_STEP, zoomText, zoomTo } from "./view";

export interface StageHandle {
  /** Whether the key meant something here. */
  key(key: string): boolean;
}

interface Props {
  name: string;
  scene: Omit<Scene, "divider">;
  divided: boolean;
  /** Changes with the image: the view begins anew. */
  subject: unknown;
  handle: React.RefObject<StageHandle | null>;
  children?: React.ReactNode;
}

/** Arrow keys move by this part of what is in sight. */
const PAN_PART = 0.2;

/** The image itself: zoom, pan, and the divider. */
export function Stage({ name, scene, divided, subject, handle, children }: Props) {
  useCountedRenders("stage");
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const viewport = useViewport(box);
  // Null is "all of it", and stays so when the window changes.
  const [chosen, setChosen] = useState<View | null>(null);
  const [divider, setDivider] = useState(0.5);
  const { world } = scene;
  const view = chosen ? kept(chosen, world, viewport) : fitted(world, viewport);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another image is looked at from the beginning
  useEffect(() => setChosen(null), [subject]);

  const change = (to: (view: View) => View) =>
    setChosen((now) => to(now ? kept(now, world, viewport) : fitted(world, viewport)));
  const middle = { x: viewport.width / 2, y: viewport.height / 2 };
  const zoomBy = (factor: number) => change((now) => zoomTo(now, now.zoom * factor, middle, world, viewport));
  const zoomAbsolute = (zoom: number) => change((now) => zoomTo(now, zoom, middle, world, viewport));

  usePointers(box, viewport, {
    pan: (dx, dy) => change((now) => panBy(now, dx, dy, world, viewport)),
    zoom: (factor, at) => change((now) => zoomTo(now, now.zoom * factor, at, world, viewport)),
    double: (at) =>
      overflows(view, world, viewport)
        ? setChosen(null)
        : change((now) => zoomTo(now, now.zoom < 1 ? 1 : 4, at, world, viewport)),
  });

  useLayoutEffect(() => {
    handle.current = {
      key: (key) => {
        const step = Math.min(viewport.width, viewport.height) * PAN_PART;
        const pan = (dx: number, dy: number) => {
          if (!overflows(view, world, viewport)) return false;
          change((now) => panBy(now, dx, dy, world, viewport));
          return true;
        };
        switch (key) {
          case "+":
          case "=":
            zoomBy(ZOOM_STEP);
            return true;
          case "-":
            zoomBy(1 / ZOOM_STEP);
            return true;
          case "0":
            setChosen(null);
            return true;
          case "1":
            zoomAbsolute(1);
            return true;
          case "8":
            zoomAbsolute(8);
            return true;
          case "ArrowLeft":
            return pan(step, 0);
          case "ArrowRight":
            return pan(-step, 0);
          case "ArrowUp":
            return pan(0, step);
          case "ArrowDown":
            return pan(0, -step);
          default:
            return false;
        }
      },
    };
  });

  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !canvas.current || viewport.width === 0) return;
    if (canvas.current.width !== viewport.width) canvas.current.width = viewport.width;
    if (canvas.current.height !== viewport.height) canvas.current.height = viewport.height;
    const dark = getComputedStyle(canvas.current).getPropertyValue("--is-dark").trim() === "1";
    draw(context, { ...scene, divider: divided ? divider : null }, view, viewport, checkers(context, dark));
  });

  const onDividerKey = (event: React.KeyboardEvent) => {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[
      event.key
    ];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setDivider((now) => Math.min(1, Math.max(0, now + step)));
  };

  return (
    <div className={styles.stage}>
      <div
        ref={box}
        className={styles.canvasBox}
        data-testid="stage"
        data-zoom={view.zoom}
        data-x={view.x}
        data-y={view.y}
        data-moves={overflows(view, world, viewport)}
      >
        <canvas ref={canvas} role="img" tabIndex={0} aria-label={LOOK.canvas(name, zoomText(view.zoom))} />
        {divided && (
          <div
            className={styles.divider}
            role="slider"
            tabIndex={0}
            aria-label={LOOK.divider}
            aria-orientation="horizontal"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(divider * 100)}
            style={{ left: `${divider * 100}%` }}
            onKeyDown={onDividerKey}
            onPointerDown={(event) => {
              event.stopPropagation();
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={(event) => {
              if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return;
              const { left, width } = box.current.getBoundingClientRect();
              setDivider(Math.min(1, Math.max(0, (event.clientX - left) / width)));
            }}
          >
            <span className={styles.grip} />
          </div>
        )}
        {children}
      </div>
      <fieldset className={styles.zoom}>
        <legend className="visually-hidden">{LOOK.zoom}</legend>
        <Button
          kind="icon"
          aria-label={LOOK.zoomOut}
          title={LOOK.zoomOut}
          onClick={() => zoomBy(1 / ZOOM_STEP)}
        >
          <MinusIcon />
        </Button>
        <output className={styles.zoomText} data-testid="zoom">
          {zoomText(view.zoom)}
        </output>
        <Button kind="icon" aria-label={LOOK.zoomIn} title={LOOK.zoomIn} onClick={() => zoomBy(ZOOM_STEP)}>
          <AddIcon />
        </Button>
        <Button className={styles.zoomButton} aria-pressed={chosen === null} onClick={() => setChosen(null)}>
          {LOOK.fit}
        </Button>
        <Button className={styles.zoomButton} onClick={() => zoomAbsolute(1)}>
          100 %
        </Button>
        <Button className={styles.zoomButton} onClick={() => zoomAbsolute(8)}>
          800 %
        </Button>
      </fieldset>
    </div>
  );
}

/** The size of the drawing area in device pixels. */
function useViewport(box: React.RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => {
      const scale = window.devicePixelRatio;
      const width = Math.round(element.clientWidth * scale);
      const height = Math.round(element.clientHeight * scale);
      setSize((now) => (now.width === width && now.height === height ? now : { width, height }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return size;
}
