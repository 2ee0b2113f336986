/**
 * What the page says round the list, the viewer and the settings: what `text.ts` says of those. Sentences with numbers
 * or names in them are functions.
 */
import type { GoalKind, SizeUnit } from "../settings/model";
import { formatBytes, plural } from "./format";

const images = (count: number) => plural(count, "image");
const imagesAre = (count: number) => plural(count, "image is", "images are");

export const PAGE = {
  private: "Nothing leaves this computer.",
  letGo: "Let go to add them",
  themes: { system: "Colours: as the system", light: "Colours: light", dark: "Colours: dark" },
  starting: "Starting the engine…",
  threads: (count: number) => plural(count, "thread"),
  workers: (count: number) =>
    `${plural(count, "worker")} without shared memory (this server sends no isolation headers)`,
} as const;

/** For screen readers, when a batch begins and ends. */
export const ANNOUNCED = {
  begun: (active: number) => `Working on ${images(active)}.`,
  ended: (done: number, savedBytes: number, failed: number) => {
    const failures = failed > 0 ? ` ${images(failed)} failed.` : "";
    return `${images(done)} done, ${formatBytes(savedBytes)} saved.${failures}`;
  },
} as const;

export const DROP = {
  title: "Drop images here",
  titleForTouch: "Make images smaller",
  lead: "JPEG, PNG, WebP, AVIF and GIF come out as small as they can be while they still look the same.",
  hint: "Whole folders work too, and so does pasting.",
  promise: "Nothing leaves this computer: there is no upload, and no server that could receive one.",
  choose: "Choose images",
  add: "Add images",
  chooseFolder: "Choose a folder",
  addFolder: "Add a folder",
  files: "Images",
  folder: "Folder",
  leftOut: (count: number) =>
    `${plural(count, "file")} left out that ${count === 1 ? "is" : "are"} no image.`,
  unreadable: (paths: readonly string[]) => `Could not be opened: ${paths.join(", ")}.`,
  nothing: "There was no file in that.",
} as const;

export const SUMMARY = {
  label: "All images",
  nothingSaved: "Nothing saved yet",
  saved: "saved",
  more: "more",
  done: (done: number, of: number) => `${done} of ${of} done`,
  failed: (count: number) => `${count} failed`,
  cancelled: (count: number) => `${count} cancelled`,
  pause: "Pause",
  resume: "Resume",
  cancelAll: "Cancel all",
  clear: "Clear list",
  download: "Download all",
  packing: "Packing…",
  progress: "Progress of all images",
  stale: (count: number) => `${plural(count, "image was", "images were")} made with other settings.`,
  again: "Optimize again",
  packingFailed: (reason: string) => `The archive could not be made: ${reason}`,
} as const;

export const ROW = {
  states: { waiting: "Waiting", cancelled: "Cancelled", failed: "Failed" },
  kept: "as small as it gets",
  progress: (name: string) => `Progress of ${name}`,
  notes: (name: string) => `Notes on ${name}`,
  download: "Download",
  downloadOf: (name: string) => `Download ${name}`,
  retry: "Try again",
  retryOf: (name: string) => `Try ${name} again`,
  cancel: "Cancel",
  cancelOf: (name: string) => `Cancel ${name}`,
  remove: "Remove from the list",
  removeOf: (name: string) => `Remove ${name} from the list`,
  lie: (claimed: string, actual: string) => `The name says ${claimed}, but the file is ${actual}.`,
} as const;

export const EXPORT = {
  open: "Save…",
  folder: "To a folder",
  originals: "Over the originals",
  archive: "As a ZIP at a place of your choice",
  working: "Writing…",
  saved: "Saved.",
  written: (count: number) => `${images(count)} written.`,
  leftOut: (named: readonly string[], more: number) =>
    ` Left out: ${named.join("; ")}.${more > 0 ? ` And ${more} more.` : ""}`,
} as const;

export const SESSION = {
  restored: (count: number) => `${imagesAre(count)} back as you left them. `,
  lost: (named: readonly string[], more: number) =>
    `The tab was closed before these were stored, please add them again: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`,
  startOver: "Start over",
  goOn: "Go on",
  allRight: "All right",
  full: "The storage this browser gives is nearly full. ",
  refused: "The browser's storage does not take them. ",
  unkept: (count: number) =>
    `${imagesAre(count)} in this tab only: save ${count === 1 ? "it" : "them"} before you close it.`,
} as const;

export const OFFLINE = {
  ready: "Works without a network",
  update: "A new version is ready.",
  updateLater: "A new version is ready. It can be taken when this batch is done.",
  updateElsewhere: "A new version is ready. Another tab is still at work.",
  reload: "Reload",
} as const;

export const GOAL = {
  legend: "Goal",
  names: {
    score: "Looks the same",
    quality: "Quality",
    size: "File size",
    lossless: "Lossless",
  } satisfies Record<GoalKind, string>,
  hints: {
    score: "Each image becomes as small as it can while its measured likeness stays at or above this score.",
    quality: "The encoder’s own scale, the same for every image. It means something else in each format.",
    size: "The best-looking version of each image that is no larger than this.",
    lossless: "Every pixel stays exactly as it is; only the packing gets better.",
  } satisfies Record<GoalKind, string>,
  score: (word: string) => `Score: ${word}`,
  scoreEnds: ["70 smaller", "95 safer"] as [string, string],
  quality: "Quality",
  qualityEnds: ["1 smallest", "100 best"] as [string, string],
  atMost: "At most",
  unit: "Unit",
} as const;

export const OUTPUT = {
  legend: "Output format",
  keep: "Keep",
  auto: "Auto",
  keepHint: "Every image stays in the format it has.",
  autoHint: "JPEG, PNG, WebP and AVIF are tried; the smallest that reaches the goal wins.",
  oneHint: (format: string) => `Every image becomes ${format}.`,
  someHint: "The smallest of these that reaches the goal wins.",
} as const;

/** The settings in one line: what is joined by dots. */
export const IN_SHORT = {
  score: (score: number) => `Looks the same (${score})`,
  quality: (quality: number) => `Quality ${quality}`,
  size: (size: number, unit: SizeUnit) => `At most ${size} ${unit}`,
  lossless: "Lossless",
  sameFormat: "same format",
  bestFormat: "best format",
  longEdge: (pixels: number) => `at most ${pixels} pixels long`,
  box: (width: number | null, height: number | null) => `${width ?? "any"} × ${height ?? "any"}`,
  cropped: "cropped",
  turned: (degrees: number) => `turned by ${degrees}°`,
  mirrored: "mirrored",
  metadata: { keep: "with metadata", strip: "no metadata at all" },
  srgb: "sRGB",
  effort: (effort: number) => `effort ${effort}`,
  squoosh: (formats: string) => `${formats} by Squoosh`,
} as const;
