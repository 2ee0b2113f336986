// Generated from the Rust types by `scripts/generate-types`. Do not edit: change the Rust types.

/**
 * An image file format that planish reads; all but BMP and ICO are also written.
 *
 * The order of the variants is the order in which ties are broken: of two candidates of
 * equal size, the one with the lower format wins.
 */
export type Format = "jpeg" | "png" | "webp" | "avif" | "jxl" | "gif" | "tiff" | "bmp" | "ico";

/**
 * What a user can state; exactly one. In JSON: `"lossless"`, `{"quality": 80}`, `{"score": 80}` or
 * `{"maxBytes": 200000}`.
 */
export type Goal = "lossless" | { "quality": Quality } | { "score": Score } | { "maxBytes": Bytes };

/**
 * A SSIMULACRA2 score: 100 is identical, 90 is indistinguishable in a flip test, 80 looks the same side by
 * side, 70 is high quality, 50 medium, below 30 low (the scale of the metric's authors).
 */
export type Score = number;

/**
 * An encoder's own quality scale, 1 (smallest) to 100 (best), in quarters: other values are rounded to the nearest.
 * Not comparable between formats.
 *
 * Quarters, because one step of the usual whole numbers can move a score by four points.
 */
export type Quality = number;

/**
 * How much time an encoder may spend, 1 (fastest) to 9 (smallest files). Default: 5.
 */
export type Effort = number;

/**
 * A number of bytes.
 */
export type Bytes = number;

/**
 * A number of pixels (width × height).
 */
export type Pixels = number;

/**
 * Which formats may come out. In JSON: `"keep"`, `"auto"` or a list such as `["webp", "avif"]`.
 */
export type FormatChoice = "keep" | "auto" | Format[];

/**
 * A rectangle, in pixels of the upright image. In JSON: `{"x": 10, "y": 20, "width": 300, "height": 200}`.
 */
export type Crop = { 
/**
 * Left edge. Default: 0.
 */
x: number, 
/**
 * Upper edge. Default: 0.
 */
y: number, 
/**
 * Width, at least 1.
 */
width: number, 
/**
 * Height, at least 1.
 */
height: number, };

/**
 * A turn clockwise, in degrees. In JSON: 0, 90, 180 or 270.
 */
export type Rotation = 0 | 90 | 180 | 270;

/**
 * A mirror.
 */
export type Flip = "horizontal" | "vertical";

/**
 * How an image meets a box of other proportions.
 */
export type Fit = "inside" | "cover" | "fill";

/**
 * A box for the image, in pixels after orientation, cropping and turning. In JSON: `{"width": 1600}`,
 * `{"longEdge": 2048}`, `{"width": 400, "height": 300, "fit": "cover"}`, …
 */
export type Resize = { 
/**
 * Width of the box. Default: any.
 */
width?: number | null, 
/**
 * Height of the box. Default: any.
 */
height?: number | null, 
/**
 * Largest length of the longer edge, whichever that is. Default: any.
 */
longEdge?: number | null, 
/**
 * How the image meets the box. Default: `inside`.
 */
fit?: Fit, 
/**
 * Whether a smaller image may become larger. Default: no.
 */
enlarge?: boolean, };

/**
 * The colour put under transparent pixels when alpha must go. In JSON: `"#rrggbb"`.
 */
export type Background = string;

/**
 * What happens to EXIF, XMP, IPTC and comments. The colour profile is not metadata: see
 * [`color`](super::ColorPolicy). Orientation is always applied or kept, never lost.
 */
export type MetadataPolicy = "safe" | "strip" | "keep";

/**
 * What happens to the colour profile.
 */
export type ColorPolicy = "keep" | "srgb";

/**
 * A codec of Squoosh's that can take the place of a built-in encoder.
 */
export type SquooshCodec = "avif" | "jxl";

/**
 * What one format decides for itself.
 */
export type FormatSettings = { 
/**
 * A fixed quality for this format instead of the goal. Default: none.
 */
quality: Quality | null, 
/**
 * An effort for this format instead of the common one. Default: none.
 */
effort: Effort | null, };

/**
 * How the pixels of a TIFF are coded.
 */
export type TiffCompression = "deflate" | "lzw" | "none" | "jpeg";

/**
 * What TIFF decides for itself. The core writes deflated strips; tiles, pyramids and other compressions are for engines that
 * have them.
 */
export type TiffSettings = { 
/**
 * How the pixels are coded. Default: deflate.
 */
compression: TiffCompression, 
/**
 * Whether the pixels lie in tiles of 256 × 256, so that a part can be read alone. Default: no, in strips.
 */
tiles: boolean, 
/**
 * Whether smaller copies of the picture, each half as large as the one before, go along. Default: no.
 */
pyramid: boolean, 
/**
 * A fixed quality for this format instead of the goal. Default: none.
 */
quality: Quality | null, 
/**
 * An effort for this format instead of the common one. Default: none.
 */
effort: Effort | null, };

/**
 * What one source said about one format.
 */
export type FormatLayer = { 
/**
 * A fixed quality for this format instead of the goal.
 */
quality?: Quality, 
/**
 * An effort for this format.
 */
effort?: Effort, };

/**
 * What one source said about TIFF.
 */
export type TiffLayer = { 
/**
 * A fixed quality for this format instead of the goal.
 */
quality?: Quality, 
/**
 * An effort for this format.
 */
effort?: Effort, 
/**
 * How the pixels are coded.
 */
compression?: TiffCompression, 
/**
 * Tiles instead of strips.
 */
tiles?: boolean, 
/**
 * Smaller copies that go along.
 */
pyramid?: boolean, };

/**
 * Everything there is to decide about one image, decided.
 */
export type ImageSettings = { 
/**
 * What to aim for. Default: SSIMULACRA2 80.
 */
goal: Goal, 
/**
 * Which formats may come out. Default: the input's own.
 */
formats: FormatChoice, 
/**
 * The part of the upright image that is used. Default: all.
 */
crop: Crop | null, 
/**
 * A turn clockwise, after cropping. Default: 0.
 */
rotate: Rotation, 
/**
 * A mirror, after turning. Default: none.
 */
flip: Flip | null, 
/**
 * New size, after cropping and turning. Default: none (keep).
 */
resize: Resize | null, 
/**
 * The matte put under transparent pixels where the output has no alpha. Default: none, and transparent
 * images are then never written to a format without alpha.
 */
background: Background | null, 
/**
 * What happens to EXIF, XMP and comments. Default: safe.
 */
metadata: MetadataPolicy, 
/**
 * What happens to the colour profile. Default: keep.
 */
color: ColorPolicy, 
/**
 * Time against size. Default: 5.
 */
effort: Effort, 
/**
 * Formats that Squoosh's codecs encode instead of the built-in encoders. Default: none.
 */
squoosh: Array<SquooshCodec>, 
/**
 * JPEG only.
 */
jpeg: FormatSettings, 
/**
 * PNG only.
 */
png: FormatSettings, 
/**
 * WebP only.
 */
webp: FormatSettings, 
/**
 * AVIF only.
 */
avif: FormatSettings, 
/**
 * JPEG XL only.
 */
jxl: FormatSettings, 
/**
 * GIF only.
 */
gif: FormatSettings, 
/**
 * TIFF only.
 */
tiff: TiffSettings, };

/**
 * A partial [`ImageSettings`]: every field optional, unknown fields refused. [`ImageSettings::resolve`] puts layers
 * on top of each other.
 */
export type SettingsLayer = { 
/**
 * What to aim for. A goal stated here also overrules any quality that a weaker layer gave one format.
 */
goal?: Goal, 
/**
 * Which formats may come out.
 */
formats?: FormatChoice, 
/**
 * The part of the image that is used.
 */
crop?: Crop, 
/**
 * A turn clockwise.
 */
rotate?: Rotation, 
/**
 * A mirror.
 */
flip?: Flip, 
/**
 * New size.
 */
resize?: Resize, 
/**
 * The matte for outputs without alpha.
 */
background?: Background, 
/**
 * What happens to metadata.
 */
metadata?: MetadataPolicy, 
/**
 * What happens to the colour profile.
 */
color?: ColorPolicy, 
/**
 * Time against size.
 */
effort?: Effort, 
/**
 * Formats that Squoosh's codecs encode: `["avif", "jxl"]`, or an empty list for none.
 */
squoosh?: Array<SquooshCodec>, 
/**
 * JPEG only.
 */
jpeg?: FormatLayer, 
/**
 * PNG only.
 */
png?: FormatLayer, 
/**
 * WebP only.
 */
webp?: FormatLayer, 
/**
 * AVIF only.
 */
avif?: FormatLayer, 
/**
 * JPEG XL only.
 */
jxl?: FormatLayer, 
/**
 * GIF only.
 */
gif?: FormatLayer, 
/**
 * TIFF only.
 */
tiff?: TiffLayer, };

/**
 * Bounds that are checked before anything is allocated for an image.
 */
export type Limits = { 
/**
 * Width × height of one image. Default: 100 megapixels.
 */
maxPixels: Pixels, 
/**
 * Size of the input. Default: 512 MiB.
 */
maxInputBytes: Bytes, 
/**
 * Size of one metadata block (ICC, EXIF, XMP) after decompression. Default: 16 MiB.
 */
maxMetadataBytes: Bytes, 
/**
 * Scans of a progressive JPEG: each is a pass over the whole image, and encoders write about ten.
 * Default: 100.
 */
maxScans: number, 
/**
 * Milliseconds from the start of a job after which no further encode begins once a file that meets the goal
 * is there: the best so far is taken. Measured by [`OptimizeContext::clock`]; a clock that stands still sets
 * no bound. The one setting with which the bytes may depend on the machine. Default: none.
 */
maxSearchMs: number | null, 
/**
 * Number of frames of one animation. Default: 10 000.
 */
maxFrames: number, 
/**
 * Width × height × frames of one animation: what is composed each time it is played. Frames are composed one
 * at a time, so this bounds time rather than memory. Default: 500 megapixels.
 */
maxAnimationPixels: Pixels, };

/**
 * The stages an image goes through, in order.
 */
export type Stage = "sniff" | "decode" | "analyse" | "plan" | "transform" | "encode" | "measure" | "select" | "verify";

/**
 * Time spent in one stage, summed over threads.
 */
export type Timing = { 
/**
 * The stage.
 */
stage: Stage, 
/**
 * Milliseconds.
 */
ms: number, };

/**
 * Something the user should know about a result that is otherwise fine.
 */
export type Warning = { 
/**
 * Stable name, as in `wrong_extension`.
 */
code: string, 
/**
 * One sentence.
 */
message: string, };

/**
 * Why the output is the input.
 */
export type KeptReason = "already_smallest" | "savings_too_small";

/**
 * What became of a candidate.
 */
export type Outcome = "selected" | "larger" | "misses_goal" | "saves_too_little" | "failed_verification";

/**
 * One encoded version of the image.
 */
export type Candidate = { 
/**
 * Its format.
 */
format: Format, 
/**
 * The encoder's name, as in `mozjpeg` or `oxipng`.
 */
encoder: string, 
/**
 * The encoder's quality setting, where it has one.
 */
quality: Quality | null, 
/**
 * Bytes.
 */
size: number, 
/**
 * SSIMULACRA2 against the transformed input, where it was measured.
 */
score: Score | null, 
/**
 * What became of it.
 */
outcome: Outcome, };

/**
 * What was done to one image and what it achieved. JSON uses camelCase.
 */
export type OptimizationResult = { 
/**
 * Where the input came from: a path or a file name, filled in by the caller; core never opens it.
 */
inputPath: string, 
/**
 * Where the output went, filled in by the caller; empty while it is nowhere.
 */
outputPath: string, 
/**
 * Bytes of the input.
 */
originalSize: number, 
/**
 * Bytes of the output.
 */
optimizedSize: number, 
/**
 * `optimized_size / original_size`; 0.25 means a quarter of the size.
 */
compressionRatio: number, 
/**
 * Milliseconds from the call to the result.
 */
elapsedTime: number, 
/**
 * The input's format, by its bytes.
 */
inputFormat: Format, 
/**
 * The output's format.
 */
format: Format, 
/**
 * Width of the output in pixels, after orientation.
 */
width: number, 
/**
 * Height of the output in pixels, after orientation.
 */
height: number, 
/**
 * Number of frames of the output; 1 for a still image.
 */
frames: number, 
/**
 * The goal the output was made for.
 */
goal: Goal, 
/**
 * The encoder's quality setting, where it has one.
 */
quality: Quality | null, 
/**
 * Whether every pixel equals the transformed input's.
 */
lossless: boolean, 
/**
 * SSIMULACRA2 of the decoded output against the transformed input; 100 where lossless.
 */
score: Score, 
/**
 * Whether the score was measured on tiles of a large image only, as it is for a quality at effort 1: within a point
 * or two of the whole image's.
 */
scoreSampled: boolean, 
/**
 * Who did the work: `core`, or the name of another engine.
 */
engine: string, 
/**
 * Why it was that engine, where there was something to choose: a sentence without a full stop. `None` where the
 * core did what it always does.
 */
engineReason: string | null, 
/**
 * Whether the input itself would have been an answer, had nothing smaller been found: its format and picture
 * are what was asked for, it meets the goal, and it holds no metadata that was to go.
 */
originalAllowed: boolean, 
/**
 * Set when the output is the input, byte for byte, and why.
 */
keptOriginal: KeptReason | null, 
/**
 * Every candidate that was made, in the order it was made.
 */
candidates: Array<Candidate>, 
/**
 * How many encodes of the whole image were made, over all formats.
 */
encodes: number, 
/**
 * How many encodes of a small sample of the image helped to find the quality; 0 for small images.
 */
sampleEncodes: number, 
/**
 * What the user should know.
 */
warnings: Array<Warning>, 
/**
 * Milliseconds per stage, in pipeline order.
 */
timings: Array<Timing>, 
/**
 * How often the job was tried; 1 unless a transient error made it try again.
 */
attempts: number, 
/**
 * Estimated peak memory of the job in bytes.
 */
peakBytes: number, };

/**
 * An error as it crosses to the page, a script or a report.
 */
export type ErrorReport = { 
/**
 * [`OptimizationError::code`].
 */
code: string, 
/**
 * The sentence for people.
 */
message: string, };
