/** The test images, as files. Made once per run folder, by code; none is in the repository. */
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { graphic, type Pixels, photo } from "./pixels.ts";

/** Raise this when what is drawn or how it is encoded changes: old files are then not used again. */
const VERSION = 2;

export const FOLDER = fileURLToPath(new URL(`../results/images-${VERSION}/`, import.meta.url));

export const image = (name: string) => join(FOLDER, name);

/** One of each format, larger than it need be. */
export const FOUR = ["meadow.jpg", "logo.png", "coast.webp", "dunes.avif"].map(image);

/** What is kept in its own format only. */
export const OTHERS = ["badge.gif", "wheel.gif", "wheel.webp", "scan.tiff"].map(image);

export const BATCH = Array.from({ length: 20 }, (_, index) => image(`batch/photo-${index + 1}.jpg`));

export const TREE = image("trip");

const encoder = (pixels: Pixels) =>
  sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: pixels.channels } });

export async function makeImages(): Promise<void> {
  if (existsSync(FOLDER)) return;
  // Under another name until it is complete: an interrupted run leaves nothing that looks whole.
  const draft = `${FOLDER.slice(0, -1)}.draft`;
  const put = async (name: string, bytes: Buffer) => {
    const path = join(draft, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, bytes);
  };
  const meadow = await encoder(photo(800, 600, 1))
    .jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
    .toBuffer();
  const logo = await encoder(graphic(640, 480, 2))
    .png({ compressionLevel: 1 })
    .toBuffer();
  await put("meadow.jpg", meadow);
  await put("logo.png", logo);
  await put(
    "coast.webp",
    await encoder(photo(640, 480, 3))
      .webp({ quality: 97 })
      .toBuffer(),
  );
  await put(
    "dunes.avif",
    await encoder(photo(512, 384, 4))
      .avif({ quality: 92, effort: 2 })
      .toBuffer(),
  );
  await put(
    "photo.png",
    await encoder(photo(480, 320, 5))
      .png()
      .toBuffer(),
  );

  await put(
    "badge.gif",
    await encoder(graphic(320, 240, 8))
      .gif()
      .toBuffer(),
  );
  await put(
    "scan.tiff",
    await encoder(graphic(320, 240, 9))
      .tiff({ compression: "none" })
      .toBuffer(),
  );
  const frames = await Promise.all(
    [10, 11, 12].map((seed) =>
      encoder(graphic(160, 120, seed))
        .png()
        .toBuffer(),
    ),
  );
  const animation = () => sharp(frames, { join: { animated: true } });
  await put(
    "wheel.gif",
    await animation()
      .gif({ delay: [100, 200, 300], loop: 0 })
      .toBuffer(),
  );
  await put(
    "wheel.webp",
    await animation()
      .webp({ quality: 95, delay: [100, 200, 300], loop: 0 })
      .toBuffer(),
  );

  await put("broken/text.png", Buffer.from("This is a letter, not an image.\n".repeat(20)));
  await put("broken/empty.jpg", Buffer.alloc(0));
  await put("broken/half.png", logo.subarray(0, logo.length >> 1));
  await put("broken/header-only.jpg", meadow.subarray(0, 300));
  await put("lie.png", meadow);

  await put(
    "trip/day 1/a.jpg",
    await encoder(photo(320, 240, 6))
      .jpeg({ quality: 92 })
      .toBuffer(),
  );
  await put(
    "trip/day 2/a.jpg",
    await encoder(photo(320, 240, 7))
      .jpeg({ quality: 92 })
      .toBuffer(),
  );
  await put("trip/notes.txt", Buffer.from("no image"));

  for (let index = 1; index <= 20; index++) {
    const pixels = photo(1080, 720, 100 + index);
    await put(`batch/photo-${index}.jpg`, await encoder(pixels).jpeg({ quality: 93 }).toBuffer());
  }
  await put(
    "large.jpg",
    await encoder(photo(3000, 2000, 50))
      .jpeg({ quality: 94 })
      .toBuffer(),
  );
  await rename(draft, FOLDER);
}
