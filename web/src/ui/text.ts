/**
 * What the list, the viewer, the settings and the diagnostics say, in one place: to translate the page is to
 * translate this file, `words.ts` and `format.ts`. Sentences with numbers in them are functions, because other
 * languages count differently.
 */
import type { Format, MetadataPolicy, Outcome } from "../engine/types";
import { formatBytes, plural } from "./format";

const images = (count: number) => plural(count, "image");

export const LIST = {
  label: "Images",
  columns: { selection: "Selection", name: "Image", size: "Size", score: "Likeness", actions: "Actions" },
  sortBy: "Order",
  sorts: {
    input: "As added",
    name: "Name",
    score: "Worst score first",
    saving: "Biggest saving first",
    size: "Largest first",
    errors: "Errors first",
  },
  show: "Show",
  states: { all: "All", done: "Done", active: "In work", failed: "Failed", cancelled: "Cancelled" },
  format: "Format",
  anyFormat: "Any format",
  find: "Find",
  findPlaceholder: "Name or folder",
  shown: (shown: number, all: number) => (shown === all ? images(all) : `${shown} of ${images(all)}`),
  nothing: "No image is like that.",
  showAll: "Show all",
  select: (name: string) => `Select ${name}`,
  look: (name: string) => `Look at ${name}`,
  selected: (count: number) => `${count} selected`,
  selectionActions: "The selected images",
  lookAt: "Look",
  retry: "Make again",
  save: "Save",
  remove: "Remove",
  clearSelection: "Select none",
  own: "own settings",
  help: "Arrow keys move, Space selects, Shift extends, Enter looks at the image, Delete removes.",
  remaining: (seconds: number) => {
    if (seconds < 10) return "a few seconds left";
    if (seconds < 55) return `about ${Math.round(seconds / 5) * 5} seconds left`;
    const minutes = Math.max(1, Math.round(seconds / 60));
    if (minutes < 60) return `about ${plural(minutes, "minute")} left`;
    return `about ${plural(Math.round(minutes / 60), "hour")} left`;
  },
} as const;

export const LOOK = {
  title: (name: string) => `Looking at ${name}`,
  close: "Back to the list",
  previous: "Previous image",
  next: "Next image",
  position: (at: number, of: number) => `${at} of ${of}`,
  original: "Original",
  optimized: "Optimized",
  modes: { divide: "Divider", flip: "Flip", heat: "Heat map" },
  mode: "Compare by",
  divider: "Divider between the original and the optimized image",
  hold: "Hold to see the original",
  zoom: "Zoom",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  fit: "Fit",
  canvas: (name: string, zoom: string) =>
    `${name}, original and optimized, at ${zoom}. Plus and minus zoom, 0 fits, 1 is 100 %, 8 is 800 %, arrow keys move, Space shows the original.`,
  loading: "Decoding…",
  waiting: "Waits for its turn",
  cannotShow: (format: string) =>
    `This browser cannot show ${format}. The figures beside are right all the same, and the file can be saved.`,
  cannotShowBroken: "The browser cannot show this file.",
  failedTitle: "There is no result to look at",
  cancelledTitle: "This one was cancelled",
  tryAgain: "Try again",
  reshaped: "The picture was cropped or turned: the two do not cover each other.",
  heatHint: "Bright is where the two differ most; black is where they are the same.",
  heatWorking: "Measuring the difference…",
  remaking: "Making it anew…",
  tabs: { result: "Result", settings: "Settings" },
  details: "Details and settings",
  size: "Size",
  score: "Likeness",
  pixels: "Pixels",
  encoder: "Encoder",
  time: "Time",
  quality: "Quality",
  candidates: "What was tried",
  candidatesHint: "Size to the right, likeness upwards. The ring is the one that was taken.",
  candidatesNone: "Nothing else was tried.",
  plot: (count: number) => `${plural(count, "candidate")} by size and score`,
  outcomes: {
    selected: "taken",
    larger: "larger",
    misses_goal: "misses the goal",
    failed_verification: "failed the check",
  } satisfies Record<Outcome, string>,
  table: { encoder: "Encoder", quality: "Quality", size: "Size", score: "Score", outcome: "" },
  goalLine: (score: number) => `goal ${score}`,
  metadata: "Metadata",
  metadataNone: "Neither file has any.",
  metadataUnknown: "Not listed for this format.",
  metadataKept: "kept",
  metadataDropped: "dropped",
  metadataAdded: "added",
  warnings: "Notes",
  save: "Save",
  scope: "These settings are for this image alone. What is not changed here follows the panel of the batch.",
  followBatch: "Follow the batch again",
  followsBatch: "As the whole batch",
} as const;

export const SETTINGS = {
  label: "Settings",
  change: "Change",
  close: "Close",
  preset: "Preset",
  custom: "Your own",
  presets: {
    default: "Looks the same (default)",
    web: "For a web page",
    mail: "For mail",
    square: "Square previews",
    archive: "For the archive",
  },
  presetHints: {
    default: "Same format, same pixels, as small as it gets while it looks the same.",
    web: "The smallest format every browser shows, at most 2048 pixels long, sRGB.",
    mail: "JPEGs of at most 500 kB and 1600 pixels.",
    square: "WebPs of 400 × 400 pixels, cut to fill.",
    archive: "Lossless, with every piece of metadata, at the highest effort.",
    custom: "Changed by hand; the presets are one choice away.",
  },
  defaultIs: (value: string) => `Default: ${value}.`,
  resize: "Size in pixels",
  resizeBy: "Measure",
  resizeModes: { none: "Keep", box: "Width × height", edge: "Long edge" },
  width: "Width",
  height: "Height",
  longEdge: "Long edge",
  any: "any",
  fit: "In a box of other proportions",
  fits: { inside: "Inside", cover: "Cover", fill: "Stretch" },
  fitHints: {
    inside: "All of it, proportions kept.",
    cover: "The box is filled, what hangs over is cut off.",
    fill: "Stretched to the box.",
  },
  enlarge: "Enlarge smaller images",
  enlargeHint: "Off by default: enlarging adds bytes, not detail.",
  picture: "Crop, turn, mirror",
  crop: "Crop",
  cropHint: "A part of the upright image, in pixels, before everything else. Empty means all of it.",
  cropX: "From the left",
  cropY: "From the top",
  cropIncomplete: "Width and height are needed for a crop.",
  rotate: "Turn clockwise",
  flip: "Mirror",
  flips: { none: "No", horizontal: "Left ↔ right", vertical: "Top ↕ bottom" },
  metadata: "Metadata",
  metadataNames: { safe: "Safe", strip: "Remove", keep: "Keep" } satisfies Record<MetadataPolicy, string>,
  metadataHints: {
    safe: "Copyright and author stay. Place, camera, times and comments go.",
    strip: "All of it goes, copyright too. Colours and rotation stay right.",
    keep: "Camera data, place and comments stay in the file.",
  } satisfies Record<MetadataPolicy, string>,
  color: "Colour profile",
  colors: { keep: "Keep", srgb: "To sRGB" },
  colorHints: {
    keep: "The profile stays with the image, as it must for wide colours.",
    srgb: "Converted to sRGB: right on every screen, without wide colours.",
  },
  background: "Behind transparency",
  backgroundOn: "Fill transparent parts",
  backgroundHint: "Only for formats without transparency; without it, transparent images never become JPEG.",
  effort: "Effort",
  effortHint: "Time against size: 1 is fastest, 9 makes the smallest files.",
  effortEnds: ["1 fastest", "9 smallest"] as [string, string],
  perFormat: "By format",
  perFormatHint:
    "A fixed quality or another effort for one format, whatever the goal says. Empty follows it.",
  perFormatQuality: (format: string) => `${format} quality`,
  perFormatEffort: (format: string) => `${format} effort`,
  perFormatCommand: "Settings by format have no flags: save the recipe beside the photos first.",
  advanced: "More",
  recipe: "Recipe",
  recipeHint: "A planish.toml says the same to the command, with --recipe.",
  saveRecipe: "Save recipe",
  loadRecipe: "Load recipe",
  recipeLoaded: (name: string) => `${name} is in use now.`,
  recipeRefused: (name: string) => `${name} was not taken:`,
  command: "Same on the command line",
  copyCommand: "Copy the command",
  copied: "Copied.",
  copyRefused: "The browser did not allow copying: select the text instead.",
  commandHint: "For thousands of files, or very large ones. Same files, same bytes.",
  reset: "Back to the defaults",
  isDefault: "These are the defaults",
} as const;

/** Why the command is offered by itself. */
export const HEAVY = {
  title: "This is a lot for a browser tab",
  crashed: (count: number) =>
    `${plural(count, "image needs", "images need")} more memory than a tab can have.`,
  limit: (count: number) => `${plural(count, "image is", "images are")} larger than the page takes on.`,
  formats: (names: string) => `${names} cannot be read here; the command may be able to.`,
  many: (count: number) => `${images(count)} are quicker on all cores, without a browser between.`,
  bytes: (bytes: number) => `${formatBytes(bytes)} of images fill a tab’s memory.`,
  large: (name: string, pixels: string) => `${name} has ${pixels}: close to what a tab can hold.`,
  advice: "The command does the same natively, with the same settings:",
  dismiss: "Not now",
} as const;

export const DIAGNOSTICS = {
  open: "Diagnostics",
  title: "Diagnostics",
  intro: "What a bug report needs. Names of files are not part of it.",
  copy: "Copy for a bug report",
  copied: "Copied.",
  copyRefused: "The browser did not allow copying: select the text instead.",
  close: "Close",
  groups: {
    versions: "Versions",
    engine: "Engine",
    memory: "Memory",
    queue: "Queue",
    stages: "Time by stage",
    frames: "Frames, since this was opened",
    renders: "Renders, since the page was opened",
  },
} as const;

export const FORMAT_LIST = (names: readonly string[]) => names.join(", ");

/** For plots and tables: which of the formats has which mark. */
export const FORMAT_ORDER: readonly Format[] = ["jpeg", "png", "webp", "avif", "jxl", "gif", "tiff"];
