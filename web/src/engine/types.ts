// Generated from the Rust types by `scripts/generate-types`. Do not edit: change the Rust types.

/**
 * An image file format that planish reads and writes.
 *
 * The order of the variants is the order in which ties are broken: of two candidates of
 * equal size, the one with the lower format wins.
 */
export type Format = "jpeg" | "png" | "webp" | "avif" | "jxl" | "gif" | "tiff";

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
 * An encoder's own quality scale, 1 (smallest) to 100 (best). Not comparable between formats.
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
 * A box the image is made to fit into. Proportions are kept and images are never enlarged. In JSON:
 * `{"width": 1600}`, `{"height": 900}` or both.
 */
export type Resize = { 
/**
 * Largest width in pixels, after orientation. Default: any.
 */
width?: number | null, 
/**
 * Largest height in pixels, after orientation. Default: any.
 */
height?: number | null, };

/**
 * The colour put under transparent pixels when alpha must go. In JSON: `"#rrggbb"`.
 */
export type Background = string;

/**
 * What happens to EXIF, XMP, IPTC and comments. The colour profile is not metadata: see
 * [`ColorPolicy`](super::ColorPolicy). Orientation is always applied or kept, never lost.
 */
export type MetadataPolicy = "strip" | "keep";

/**
 * What happens to the colour profile.
 */
export type ColorPolicy = "keep" | "srgb";

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
 * New size. Default: none (keep).
 */
resize: Resize | null, 
/**
 * The matte put under transparent pixels where the output has no alpha. Default: none, and transparent
 * images are then never written to a format without alpha.
 */
background: Background | null, 
/**
 * What happens to EXIF, XMP and comments. Default: strip.
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
tiff: FormatSettings, };

/**
 * A partial [`ImageSettings`]: every field optional, unknown fields refused.
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
tiff?: FormatLayer, };

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
export type KeptReason = "already_smallest";

/**
 * What became of a candidate.
 */
export type Outcome = "selected" | "larger" | "misses_goal" | "failed_verification";

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
 * Who did the work: `core`, or the name of another engine.
 */
engine: string, 
/**
 * Set when the output is the input, byte for byte, and why.
 */
keptOriginal: KeptReason | null, 
/**
 * Every candidate that was made, in the order it was made.
 */
candidates: Array<Candidate>, 
/**
 * How many full encodes were made.
 */
encodes: number, 
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
