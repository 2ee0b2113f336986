import { memo } from "react";
import { useStore } from "zustand";
import type { PageParts } from "../app/page";
import { useCountedRenders } from "../diagnostics/renders";
import type { ErrorReport, OptimizationResult } from "../engine/types";
import type { ItemId, Output, QueueItem } from "../queue/item";
import { warningsOf } from "../queue/warnings";
import type { Thumbnail } from "../thumbnails/loader";
import { useThumbnail } from "../thumbnails/use-thumbnail";
import { formatBytes, formatSaving } from "../ui/format";
import { CheckIcon, CloseIcon, WarnIcon } from "../ui/icons";
import { ROW } from "../ui/page-text";
import { LIST } from "../ui/text";
import { errorWords, FORMAT_NAMES, STAGE_WORDS, scoreWord } from "../ui/words";
import styles from "./ImageRow.module.css";
import { RowActions } from "./RowActions";

interface Props {
  id: ItemId;
  /** Its place in the list as it is sorted now. */
  index: number;
  /** Whether the Tab key stops here: in one row of the list only. */
  tabbable: boolean;
  page: PageParts;
}

/** One image. Follows its own item only, so that a batch of a thousand renders the rows that change. */
export const ImageRow = memo(function ImageRow(props: Props) {
  useCountedRenders("row");
  const item = useStore(props.page.queue.store, ({ items }) => items.get(props.id));
  return item ? <Row {...props} item={item} /> : null;
});

function Row({ item, id, index, tabbable, page }: Props & { item: QueueItem }) {
  const selected = useStore(page.view, ({ selection }) => selection.selected.has(id));
  const own = useStore(page.overrides, ({ byId }) => byId.has(id));
  const thumbnail = useThumbnail(page.thumbnails, item);
  const stop = tabbable ? 0 : -1;
  return (
    <div
      role="row"
      className={styles.row}
      data-state={item.state}
      data-testid="image"
      data-id={id}
      data-first={index === 0}
      aria-label={item.path}
      aria-rowindex={index + 1}
      aria-selected={selected}
      tabIndex={stop}
    >
      <div role="gridcell" className={styles.picture}>
        <button
          type="button"
          className={styles.thumbnail}
          aria-label={LIST.look(item.name)}
          title={LIST.look(item.name)}
          tabIndex={stop}
          onClick={() => page.look.open(id)}
        >
          {thumbnail ? (
            <img src={thumbnail.url} alt="" decoding="async" draggable={false} />
          ) : (
            item.state === "failed" && <CloseIcon />
          )}
        </button>
        <button
          type="button"
          role="checkbox"
          className={styles.check}
          aria-checked={selected}
          aria-label={LIST.select(item.name)}
          tabIndex={stop}
          onClick={(event) => page.view.choose(id, event.shiftKey ? "range" : "toggle")}
        >
          <CheckIcon />
        </button>
      </div>
      <div role="gridcell" className={styles.about}>
        <p className={styles.name} title={item.path}>
          {item.name}
        </p>
        <p className={styles.facts}>
          {own && <span className={styles.own}>{LIST.own}</span>}
          {facts(item, thumbnail ?? null)}
        </p>
      </div>
      <Progress item={item} />
      <div role="gridcell" className={styles.actions}>
        <RowActions item={item} queue={page.queue} tabIndex={stop} />
      </div>
      {item.state === "failed" && <Failure error={item.error} />}
      {item.state === "done" && <Notes name={item.name} result={item.output.result} />}
    </div>
  );
}

function facts(item: QueueItem, thumbnail: Thumbnail | null): string {
  const parts: string[] = [];
  if (item.state === "done") {
    const { inputFormat, format } = item.output.result;
    parts.push(
      inputFormat === format
        ? FORMAT_NAMES[format]
        : `${FORMAT_NAMES[inputFormat]} → ${FORMAT_NAMES[format]}`,
    );
  }
  const size = pixels(item, thumbnail ?? item.dimensions);
  if (size) parts.push(size);
  const folder = item.path.slice(0, item.path.lastIndexOf("/") + 1);
  if (folder) parts.push(folder);
  return parts.join(" · ");
}

/** The thumbnail knows the size of the original; the item, once it is done, that of the result. */
function pixels(item: QueueItem, original: { width: number; height: number } | null): string {
  const before = original ? `${original.width} × ${original.height}` : "";
  if (item.state !== "done") return before;
  const { width, height } = item.output.result;
  const after = `${width} × ${height}`;
  return !before || before === after ? after : `${before} → ${after}`;
}

function Progress({ item }: { item: QueueItem }) {
  switch (item.state) {
    case "done":
      return <Result output={item.output} />;
    case "working": {
      const { stage, fraction } = item.progress;
      return (
        <div role="gridcell" className={styles.status}>
          <div className={styles.sizes}>
            <span>{formatBytes(item.file.size)}</span>
            <span className={styles.stage}>{STAGE_WORDS[stage]}…</span>
          </div>
          <div
            className={styles.bar}
            role="progressbar"
            aria-label={ROW.progress(item.name)}
            aria-valuemin={0}
            aria-valuemax={100}
            {...(fraction !== null && { "aria-valuenow": Math.round(fraction * 100) })}
            data-indeterminate={fraction === null}
          >
            <span className={styles.fill} style={{ transform: `scaleX(${fraction ?? 1})` }} />
          </div>
        </div>
      );
    }
    case "waiting":
    case "cancelled":
    case "failed":
      return (
        <div role="gridcell" className={styles.status}>
          <div className={styles.sizes}>
            <span>{formatBytes(item.file.size)}</span>
            <span className={styles.stage}>{ROW.states[item.state]}</span>
          </div>
        </div>
      );
  }
}

function Result({ output: { result } }: { output: Output }) {
  const { originalSize, optimizedSize, score, scoreSampled, lossless } = result;
  const { word, kind } = scoreWord(score, lossless);
  const kept = result.keptOriginal !== null;
  return (
    <>
      <div role="gridcell" className={styles.status}>
        <div className={styles.sizes}>
          <span>
            {formatBytes(originalSize)} <span className={styles.arrow}>→</span>{" "}
            <strong>{formatBytes(optimizedSize)}</strong>
          </span>
          <span className={styles.saving} data-testid="saving" data-none={kept}>
            {kept ? ROW.kept : formatSaving(originalSize, optimizedSize)}
          </span>
        </div>
        <div className={styles.bar} aria-hidden="true">
          <span
            className={`${styles.fill} ${styles.left}`}
            style={{ transform: `scaleX(${Math.min(1, optimizedSize / Math.max(1, originalSize))})` }}
          />
        </div>
      </div>
      <div role="gridcell" className={styles.score} data-kind={kind} data-testid="score" data-score={score}>
        <strong title={`SSIMULACRA2 ${score.toFixed(2)}`}>
          {lossless ? "100" : `${scoreSampled ? "~" : ""}${score.toFixed(1)}`}
        </strong>
        <span>{word}</span>
      </div>
    </>
  );
}

function Failure({ error }: { error: ErrorReport }) {
  const { head, rest } = errorWords(error);
  return (
    <div role="gridcell" className={styles.failure} data-testid="error">
      <strong>{head}</strong>
      {rest && `: ${rest}`} <code>{error.code}</code>
    </div>
  );
}

function Notes({ name, result }: { name: string; result: OptimizationResult }) {
  const warnings = warningsOf(name, result);
  if (warnings.length === 0) return null;
  return (
    <div role="gridcell" className={styles.notes}>
      <ul aria-label={ROW.notes(name)}>
        {warnings.map((warning) => (
          <li key={`${warning.code} ${warning.message}`}>
            <WarnIcon />
            {warning.message}
          </li>
        ))}
      </ul>
    </div>
  );
}
