/**
 * Width and height from a file's first bytes, before any decoder sees it: enough to know how much memory it
 * will want. Only an estimate hangs on this, so a lying header costs nothing but a wrong guess; core checks
 * the real size against its limits.
 */
export interface Dimensions {
  width: number;
  height: number;
}

/** Bytes read at once. Almost every header fits; a JPEG's segments are skipped, not read. */
const WINDOW = 64 * 1024;

/** A file with more segments than this before its frame header is not worth following. */
const MAX_JPEG_SEGMENTS = 512;

export async function readDimensions(file: Blob): Promise<Dimensions | null> {
  const head = await view(file, 0, WINDOW);
  if (head.byteLength < 12) return null;
  if (head.getUint32(0) === 0x89504e47) return pngDimensions(head);
  if (head.getUint16(0) === 0xffd8) return jpegDimensions(file, head);
  if (tag(head, 0) === "RIFF" && tag(head, 8) === "WEBP") return webpDimensions(head);
  if (tag(head, 4) === "ftyp") return avifDimensions(head);
  if (tag(head, 0) === "GIF8") return { width: head.getUint16(6, true), height: head.getUint16(8, true) };
  if (tag(head, 0).startsWith("BM")) return bmpDimensions(head);
  if (head.getUint32(0) === 0x00000100) return icoDimensions(head);
  return null;
}

async function view(file: Blob, start: number, length: number): Promise<DataView> {
  return new DataView(await file.slice(start, start + length).arrayBuffer());
}

function tag(data: DataView, at: number): string {
  if (at + 4 > data.byteLength) return "";
  return String.fromCharCode(
    data.getUint8(at),
    data.getUint8(at + 1),
    data.getUint8(at + 2),
    data.getUint8(at + 3),
  );
}

function pngDimensions(head: DataView): Dimensions | null {
  if (head.byteLength < 24) return null;
  return { width: head.getUint32(16), height: head.getUint32(20) };
}

async function jpegDimensions(file: Blob, head: DataView): Promise<Dimensions | null> {
  let window = head;
  let windowStart = 0;
  let at = 2;
  for (let segment = 0; segment < MAX_JPEG_SEGMENTS; segment++) {
    // Profiles and previews can put the frame header far behind the first window.
    if (at + 9 > windowStart + window.byteLength) {
      if (at + 9 > file.size) return null;
      window = await view(file, at, WINDOW);
      windowStart = at;
    }
    const offset = at - windowStart;
    if (window.getUint8(offset) !== 0xff) return null;
    const marker = window.getUint8(offset + 1);
    if (marker === 0xff) {
      at += 1; // Fill bytes may precede a marker.
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: window.getUint16(offset + 5), width: window.getUint16(offset + 7) };
    if (marker === 0xd9 || marker === 0xda) return null;
    at += 2 + window.getUint16(offset + 2);
  }
  return null;
}

function webpDimensions(head: DataView): Dimensions | null {
  if (head.byteLength < 30) return null;
  switch (tag(head, 12)) {
    case "VP8X":
      return { width: 1 + uint24(head, 24), height: 1 + uint24(head, 27) };
    case "VP8L": {
      const bits = head.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
    }
    case "VP8 ":
      return { width: head.getUint16(26, true) & 0x3fff, height: head.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}

function uint24(data: DataView, at: number): number {
  return data.getUint8(at) | (data.getUint8(at + 1) << 8) | (data.getUint8(at + 2) << 16);
}

/** Behind 14 bytes of the file's own header; the oldest kind of bitmap has 16 bits for each. */
function bmpDimensions(head: DataView): Dimensions | null {
  if (head.byteLength < 26) return null;
  if (head.getUint32(14, true) === 12) {
    return { width: head.getUint16(18, true), height: head.getUint16(20, true) };
  }
  // A negative height means that the top row comes first.
  return { width: head.getInt32(18, true), height: Math.abs(head.getInt32(22, true)) };
}

/** The largest of the sizes in the directory, where 0 stands for 256. */
function icoDimensions(head: DataView): Dimensions | null {
  let largest: Dimensions | null = null;
  const count = head.getUint16(4, true);
  for (let at = 6, left = count; left > 0 && at + 16 <= head.byteLength; at += 16, left--) {
    const found = { width: head.getUint8(at) || 256, height: head.getUint8(at + 1) || 256 };
    if (!largest || found.width * found.height > largest.width * largest.height) largest = found;
  }
  return largest;
}

/** The largest `ispe` property: tiles and thumbnails have smaller ones of their own. */
function avifDimensions(head: DataView): Dimensions | null {
  let largest: Dimensions | null = null;
  for (let at = 8; at + 16 <= head.byteLength; at++) {
    if (head.getUint32(at) !== 0x69737065) continue;
    const found = { width: head.getUint32(at + 8), height: head.getUint32(at + 12) };
    if (!largest || found.width * found.height > largest.width * largest.height) largest = found;
  }
  return largest;
}
