import { memo } from "react";
import { useStore } from "zustand";
import type { ErrorReport, OptimizationResult } from "../engine/types";
import type { ItemId, Output, QueueItem } from "../queue/item";
import type { Queue } from "../queue/queue";
import { warningsOf } from "../queue/warnings";
import { formatBytes, formatSaving } from "../ui/format";
import { CloseIcon, WarnIcon } from "../ui/icons";
import { errorWords, FORMAT_NAMES, STAGE_WORDS, scoreWord } from "../ui/words";
import styles from "./ImageRow.module.css";
import { RowActions } from "./RowActions";

/** One image. Follows its own item only, so that a batch of a thousand renders the rows that change. */
export const ImageRow = memo(function ImageRow({ id, queue }: { id: ItemId; queue: Queue }) {
  const item = useStore(queue.store, ({ items }) => items.get(id));
  if (!item) return null;
  return (
    <li className={styles.row} data-state={item.state} data-testid="image" aria-label={item.path}>
      <Thumbnail item={item} />
      <div className={styles.about}>
        <p className={styles.name} title={item.path}>
          {item.name}
        </p>
        <p className={styles.facts}>{facts(item)}</p>
      </div>
      <Progress item={item} />
      <RowActions item={item} queue={queue} />
      {item.state === "failed" && <Failure error={item.error} />}
      {item.state === "done" && <Notes name={item.name} result={item.output.result} />}
    </li>
  );
});

function Thumbnail({ item }: { item: QueueItem }) {
  return (
    <div className={styles.thumbnail} aria-hidden="true">
      {item.thumbnail ? (
        <img src={item.thumbnail} alt="" decoding="async" draggable={false} />
      ) : (
        item.state === "failed" && <CloseIcon />
      )}
    </div>
  );
}

function facts(item: QueueItem): string {
  const parts: string[] = [];
  if (item.state === "done") {
    const { inputFormat, format } = item.output.result;
    parts.push(
      inputFormat === format
        ? FORMAT_NAMES[format]
        : `${FORMAT_NAMES[inputFormat]} → ${FORMAT_NAMES[format]}`,
    );
  }
  if (item.dimensions) parts.push(pixels(item));
  const folder = item.path.slice(0, item.path.lastIndexOf("/") + 1);
  if (folder) parts.push(folder);
  return parts.join(" · ");
}

function pixels(item: QueueItem): string {
  const { width, height } = item.dimensions ?? { width: 0, height: 0 };
  const before = `${width} × ${height}`;
  if (item.state !== "done") return before;
  const { result } = item.output;
  return result.width === width && result.height === height
    ? before
    : `${before} → ${result.width} × ${result.height}`;
}

function Progress({ item }: { item: QueueItem }) {
  switch (item.state) {
    case "done":
      return <Result output={item.output} />;
    case "working": {
      const { stage, fraction } = item.progress;
      return (
        <div className={styles.status}>
          <div className={styles.sizes}>
            <span>{formatBytes(item.file.size)}</span>
            <span className={styles.stage}>{STAGE_WORDS[stage]}…</span>
          </div>
          <div
            className={styles.bar}
            role="progressbar"
            aria-label={`Progress of ${item.name}`}
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
        <div className={styles.status}>
          <div className={styles.sizes}>
            <span>{formatBytes(item.file.size)}</span>
            <span className={styles.stage}>{STATE_WORDS[item.state]}</span>
          </div>
        </div>
      );
  }
}

const STATE_WORDS = { waiting: "Waiting", cancelled: "Cancelled", failed: "Failed" } as const;

function Result({ output: { result } }: { output: Output }) {
  const { originalSize, optimizedSize, score, lossless } = result;
  const { word, kind } = scoreWord(score, lossless);
  const kept = result.keptOriginal !== null;
  return (
    <>
      <div className={styles.status}>
        <div className={styles.sizes}>
          <span>
            {formatBytes(originalSize)} <span className={styles.arrow}>→</span>{" "}
            <strong>{formatBytes(optimizedSize)}</strong>
          </span>
          <span className={styles.saving} data-testid="saving" data-none={kept}>
            {kept ? "as small as it gets" : formatSaving(originalSize, optimizedSize)}
          </span>
        </div>
        <div className={styles.bar} aria-hidden="true">
          <span
            className={`${styles.fill} ${styles.left}`}
            style={{ transform: `scaleX(${Math.min(1, optimizedSize / Math.max(1, originalSize))})` }}
          />
        </div>
      </div>
      <div className={styles.score} data-kind={kind} data-testid="score" data-score={score}>
        <strong title={`SSIMULACRA2 ${score.toFixed(2)}`}>{lossless ? "100" : score.toFixed(1)}</strong>
        <span>{word}</span>
      </div>
    </>
  );
}

function Failure({ error }: { error: ErrorReport }) {
  const { head, rest } = errorWords(error);
  return (
    <p className={styles.failure} data-testid="error">
      <strong>{head}</strong>
      {rest && `: ${rest}`} <code>{error.code}</code>
    </p>
  );
}

function Notes({ name, result }: { name: string; result: OptimizationResult }) {
  const warnings = warningsOf(name, result);
  if (warnings.length === 0) return null;
  return (
    <ul className={styles.notes} aria-label={`Notes on ${name}`}>
      {warnings.map((warning) => (
        <li key={`${warning.code} ${warning.message}`}>
          <WarnIcon />
          {warning.message}
        </li>
      ))}
    </ul>
  );
}
