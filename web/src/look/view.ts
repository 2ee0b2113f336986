/**
 * Where one looks: pure geometry. `zoom` is device pixels per image pixel, so that 1 is 100 % on every screen;
 * `x` and `y` are the point of the image, in its pixels, that is in the middle of the viewport.
 */
export interface Size {
  width: number;
  height: number;
}

export interface View {
  zoom: number;
  x: number;
  y: number;
}

export interface Point {
  x: number;
  y: number;
}

/** A pixel as large as a thumb: more shows nothing. */
export const MAX_ZOOM = 32;

/** One press of plus, one click of a wheel. */
export const ZOOM_STEP = 1.25;

/** The zoom at which all of the image is in sight; small images are not blown up. */
export function fitZoom(image: Size, viewport: Size): number {
  if (image.width === 0 || image.height === 0) return 1;
  return Math.min(1, viewport.width / image.width, viewport.height / image.height);
}

export function fitted(image: Size, viewport: Size): View {
  return { zoom: fitZoom(image, viewport), x: image.width / 2, y: image.height / 2 };
}

/** Zooms so that the image point under `at` (device pixels from the viewport's corner) stays there. */
export function zoomTo(view: View, zoom: number, at: Point, image: Size, viewport: Size): View {
  const next = Math.min(MAX_ZOOM, Math.max(Math.min(fitZoom(image, viewport), 1), zoom));
  const dx = at.x - viewport.width / 2;
  const dy = at.y - viewport.height / 2;
  return kept(
    { zoom: next, x: view.x + dx / view.zoom - dx / next, y: view.y + dy / view.zoom - dy / next },
    image,
    viewport,
  );
}

/** Moves the image by so many device pixels. */
export function panBy(view: View, dx: number, dy: number, image: Size, viewport: Size): View {
  return kept({ ...view, x: view.x - dx / view.zoom, y: view.y - dy / view.zoom }, image, viewport);
}

/** Never past the image's edge; an image smaller than the viewport stays in the middle. */
export function kept(view: View, image: Size, viewport: Size): View {
  const axis = (at: number, length: number, seen: number) => {
    const half = seen / 2 / view.zoom;
    return half * 2 >= length ? length / 2 : Math.min(length - half, Math.max(half, at));
  };
  return {
    zoom: view.zoom,
    x: axis(view.x, image.width, viewport.width),
    y: axis(view.y, image.height, viewport.height),
  };
}

/** The image's rectangle in device pixels of the viewport. */
export function placed(view: View, image: Size, viewport: Size): Point & Size {
  return {
    x: Math.round(viewport.width / 2 - view.x * view.zoom),
    y: Math.round(viewport.height / 2 - view.y * view.zoom),
    width: image.width * view.zoom,
    height: image.height * view.zoom,
  };
}

/** Whether there is anything outside the viewport. */
export function overflows(view: View, image: Size, viewport: Size): boolean {
  return image.width * view.zoom > viewport.width + 1 || image.height * view.zoom > viewport.height + 1;
}

export function zoomText(zoom: number): string {
  const percent = zoom * 100;
  return `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}
