/**
 * Which metadata a file carries, by walking its blocks and without reading into them: what is needed to say what
 * was kept and what was dropped.
 */
export type MetadataKind = "EXIF" | "XMP" | "IPTC" | "ICC profile" | "Comment" | "Text";

export interface MetadataBlock {
  kind: MetadataKind;
  /** Size of all blocks of the kind together. */
  bytes: number;
}

/** Null for formats whose blocks are not walked here. */
export function metadataBlocks(bytes: Uint8Array): MetadataBlock[] | null {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.byteLength < 12) return null;
  if (data.getUint16(0) === 0xffd8) return merged(jpeg(data));
  if (data.getUint32(0) === 0x89504e47) return merged(png(data));
  if (ascii(data, 0, 4) === "RIFF" && ascii(data, 8, 4) === "WEBP") return merged(webp(data));
  if (ascii(data, 4, 4) === "ftyp") return merged(avif(data));
  return null;
}

function* jpeg(data: DataView): Generator<MetadataBlock> {
  let at = 2;
  while (at + 4 <= data.byteLength && data.getUint8(at) === 0xff) {
    const marker = data.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // The pixels begin: metadata may not follow.
    if (marker === 0xda || marker === 0xd9) return;
    const length = data.getUint16(at + 2);
    const bytes = length - 2;
    if (marker === 0xe1 && ascii(data, at + 4, 4) === "Exif") yield { kind: "EXIF", bytes };
    else if (marker === 0xe1 && ascii(data, at + 4, 12) === "http://ns.ad") yield { kind: "XMP", bytes };
    else if (marker === 0xe2 && ascii(data, at + 4, 11) === "ICC_PROFILE")
      yield { kind: "ICC profile", bytes };
    else if (marker === 0xed) yield { kind: "IPTC", bytes };
    else if (marker === 0xfe) yield { kind: "Comment", bytes };
    at += 2 + length;
  }
}

const PNG_KINDS: Record<string, MetadataKind> = {
  eXIf: "EXIF",
  iCCP: "ICC profile",
  tEXt: "Text",
  zTXt: "Text",
  iTXt: "Text",
};

function* png(data: DataView): Generator<MetadataBlock> {
  let at = 8;
  while (at + 12 <= data.byteLength) {
    const bytes = data.getUint32(at);
    const name = ascii(data, at + 4, 4);
    const kind = PNG_KINDS[name];
    const xmp = name === "iTXt" && ascii(data, at + 8, 17) === "XML:com.adobe.xmp";
    if (kind) yield { kind: xmp ? "XMP" : kind, bytes };
    at += 12 + bytes;
  }
}

const WEBP_KINDS: Record<string, MetadataKind> = { EXIF: "EXIF", "XMP ": "XMP", ICCP: "ICC profile" };

function* webp(data: DataView): Generator<MetadataBlock> {
  let at = 12;
  while (at + 8 <= data.byteLength) {
    const bytes = data.getUint32(at + 4, true);
    const kind = WEBP_KINDS[ascii(data, at, 4)];
    if (kind) yield { kind, bytes };
    at += 8 + bytes + (bytes & 1);
  }
}

/** Items are declared in `iinf`, profiles in `colr`; their sizes stand elsewhere and are left out (0). */
function* avif(data: DataView): Generator<MetadataBlock> {
  const end = Math.min(data.byteLength - 16, 64 * 1024);
  for (let at = 8; at < end; at++) {
    const box = data.getUint32(at);
    if (box === 0x696e6665) {
      const type = ascii(data, at + 12, 4);
      if (type === "Exif") yield { kind: "EXIF", bytes: 0 };
      if (type === "mime") yield { kind: "XMP", bytes: 0 };
    } else if (box === 0x636f6c72 && ["prof", "rICC"].includes(ascii(data, at + 4, 4))) {
      yield { kind: "ICC profile", bytes: Math.max(0, data.getUint32(at - 4) - 12) };
    }
  }
}

function ascii(data: DataView, at: number, length: number): string {
  if (at + length > data.byteLength) return "";
  let text = "";
  for (let index = 0; index < length; index++) text += String.fromCharCode(data.getUint8(at + index));
  return text;
}

function merged(blocks: Iterable<MetadataBlock>): MetadataBlock[] {
  const sums = new Map<MetadataKind, number>();
  for (const { kind, bytes } of blocks) sums.set(kind, (sums.get(kind) ?? 0) + bytes);
  return [...sums].map(([kind, bytes]) => ({ kind, bytes }));
}

export interface MetadataChange {
  kind: MetadataKind;
  before: number | null;
  after: number | null;
}

/** Both files side by side: what only one of them has is null in the other. */
export function metadataChanges(
  before: readonly MetadataBlock[],
  after: readonly MetadataBlock[],
): MetadataChange[] {
  const kinds = new Set([...before, ...after].map(({ kind }) => kind));
  const sizeIn = (blocks: readonly MetadataBlock[], kind: MetadataKind) =>
    blocks.find((block) => block.kind === kind)?.bytes ?? null;
  return [...kinds].map((kind) => ({ kind, before: sizeIn(before, kind), after: sizeIn(after, kind) }));
}
