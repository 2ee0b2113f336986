/** Draws what is looked at: both images at the same place, cut at the divider. */
import { type Point, placed, type Size, type View } from "./view";

/** A decoded image, and a smaller version of a large one, so that drawing all of it is quick. */
export interface Picture extends Size {
  full: ImageBitmap;
  preview: ImageBitmap | null;
}

export interface Scene {
  /** The size both are shown at. */
  world: Size;
  original: Picture | null;
  optimized: Picture | null;
  /** Drawn over the optimized image. */
  heat: ImageBitmap | null;
  /** From the left edge, 0 to 1: the original is left of it. Null shows one image alone. */
  divider: number | null;
  /** Which one, where there is no divider. */
  alone: "original" | "optimized";
}

/** Device pixels of one square of what shows through transparent parts. */
const CHECKER = 12;

const HEAT_OPACITY = 0.8;

export function draw(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  viewport: Size,
  ground: CanvasPattern | null,
): void {
  context.clearRect(0, 0, viewport.width, viewport.height);
  const place = placed(view, scene.world, viewport);
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(place.x, place.y, place.width, place.height);
  }
  if (scene.divider === null) {
    const picture = scene.alone === "original" ? scene.original : scene.optimized;
    if (picture) blit(context, picture, place, viewport);
  } else {
    const cut = Math.round(scene.divider * viewport.width);
    within(context, 0, cut, viewport, () => scene.original && blit(context, scene.original, place, viewport));
    within(context, cut, viewport.width, viewport, () => {
      if (scene.optimized) blit(context, scene.optimized, place, viewport);
    });
  }
  if (scene.heat && scene.alone === "optimized" && scene.divider === null) {
    const heat = { full: scene.heat, preview: null, width: scene.heat.width, height: scene.heat.height };
    context.save();
    // The image shines through, so that one sees what is hot.
    context.globalAlpha = HEAT_OPACITY;
    blit(context, heat, place, viewport);
    context.restore();
  }
}

function within(
  context: CanvasRenderingContext2D,
  from: number,
  to: number,
  viewport: Size,
  paint: () => void,
): void {
  context.save();
  context.beginPath();
  context.rect(from, 0, to - from, viewport.height);
  context.clip();
  paint();
  context.restore();
}

/** Only the part in sight is handed to the canvas: at 3200 % the whole would be larger than any canvas may be. */
function blit(
  context: CanvasRenderingContext2D,
  picture: Picture,
  place: Point & Size,
  viewport: Size,
): void {
  const source = picture.preview && picture.preview.width >= place.width ? picture.preview : picture.full;
  const scaleX = place.width / source.width;
  const scaleY = place.height / source.height;
  const left = Math.max(0, Math.floor(-place.x / scaleX));
  const top = Math.max(0, Math.floor(-place.y / scaleY));
  const right = Math.min(source.width, Math.ceil((viewport.width - place.x) / scaleX));
  const bottom = Math.min(source.height, Math.ceil((viewport.height - place.y) / scaleY));
  if (right <= left || bottom <= top) return;
  // Pixels stay pixels when they are enlarged: that is what one zooms in for.
  context.imageSmoothingEnabled = place.width < picture.width;
  context.imageSmoothingQuality = "high";
  context.drawImage(
    source,
    left,
    top,
    right - left,
    bottom - top,
    place.x + left * scaleX,
    place.y + top * scaleY,
    (right - left) * scaleX,
    (bottom - top) * scaleY,
  );
}

/** The usual grey squares. */
export function checkers(context: CanvasRenderingContext2D, dark: boolean): CanvasPattern | null {
  const tile = new OffscreenCanvas(CHECKER * 2, CHECKER * 2);
  const paint = tile.getContext("2d");
  if (!paint) return null;
  paint.fillStyle = dark ? "#2c2a29" : "#f1efec";
  paint.fillRect(0, 0, CHECKER * 2, CHECKER * 2);
  paint.fillStyle = dark ? "#383533" : "#e0dcd7";
  paint.fillRect(0, 0, CHECKER, CHECKER);
  paint.fillRect(CHECKER, CHECKER, CHECKER, CHECKER);
  return context.createPattern(tile, "repeat");
}
