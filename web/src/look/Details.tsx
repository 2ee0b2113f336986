import { useEffect, useState } from "react";
import type { OptimizationResult } from "../engine/types";
import type { Output, QueueItem } from "../queue/item";
import { warningsOf } from "../queue/warnings";
import buttonStyles from "../ui/Button.module.css";
import { formatBytes, formatSaving } from "../ui/format";
import { DownloadIcon, WarnIcon } from "../ui/icons";
import { LOOK } from "../ui/text";
import { errorWords, FORMAT_NAMES, scoreWord } from "../ui/words";
import { CandidatePlot } from "./CandidatePlot";
import { lookWorker } from "./decoder";
import styles from "./details.module.css";
import { type MetadataChange, metadataChanges } from "./metadata";

/** What is known of one result, in numbers and words. */
export function Details({ item }: { item: QueueItem }) {
  if (item.state === "failed") {
    const { head, rest } = errorWords(item.error);
    return (
      <div className={styles.details}>
        <h3>{LOOK.failedTitle}</h3>
        <p>
          <strong>{head}</strong>
          {rest && `: ${rest}`}
        </p>
        <code>{item.error.code}</code>
      </div>
    );
  }
  if (item.state !== "done") {
    return (
      <div className={styles.details}>
        <p className={styles.hint}>{item.state === "cancelled" ? LOOK.cancelledTitle : LOOK.waiting}</p>
      </div>
    );
  }
  const { output } = item;
  const { result } = output;
  const warnings = warningsOf(item.name, result);
  return (
    <div className={styles.details}>
      <Figures item={item} output={output} />
      {warnings.length > 0 && (
        <section>
          <h3>{LOOK.warnings}</h3>
          <ul className={styles.warnings}>
            {warnings.map(({ code, message }) => (
              <li key={`${code} ${message}`}>
                <WarnIcon />
                <span>{message}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{LOOK.candidates}</h3>
        <CandidatePlot result={result} />
      </section>
      <section>
        <h3>{LOOK.metadata}</h3>
        <Metadata before={item.file} after={output.blob} />
      </section>
    </div>
  );
}

function Figures({ item, output }: { item: QueueItem; output: Output }) {
  const { result } = output;
  const { originalSize, optimizedSize, score, lossless } = result;
  const { word, kind } = scoreWord(score, lossless);
  return (
    <section className={styles.figures}>
      <p className={styles.big}>
        <strong>{formatSaving(originalSize, optimizedSize)}</strong>
        <span>
          {formatBytes(originalSize)} → {formatBytes(optimizedSize)}
        </span>
      </p>
      <p className={styles.big} data-kind={kind}>
        <strong>{lossless ? "100" : score.toFixed(1)}</strong>
        <span>{word}</span>
      </p>
      <dl className={styles.list}>
        {factsOf(result).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <a
        className={`${buttonStyles.button} ${buttonStyles.quiet} ${styles.save}`}
        href={output.url}
        download={output.path.slice(output.path.lastIndexOf("/") + 1)}
        aria-label={`${LOOK.save} ${item.name}`}
      >
        <DownloadIcon />
        {LOOK.save}
      </a>
    </section>
  );
}

function factsOf(result: OptimizationResult): [name: string, value: string][] {
  const taken = result.candidates.find(({ outcome }) => outcome === "selected");
  const format =
    result.inputFormat === result.format
      ? FORMAT_NAMES[result.format]
      : `${FORMAT_NAMES[result.inputFormat]} → ${FORMAT_NAMES[result.format]}`;
  const facts: [string, string][] = [
    [LOOK.format, format],
    [LOOK.pixels, `${result.width} × ${result.height}`],
  ];
  if (result.frames > 1) facts.push([LOOK.frames, String(result.frames)]);
  if (taken) facts.push([LOOK.encoder, taken.encoder]);
  if (result.quality !== null) facts.push([LOOK.quality, String(result.quality)]);
  facts.push([LOOK.time, LOOK.seconds(result.elapsedTime / 1_000)]);
  return facts;
}

type Listed = { state: "reading" } | { state: "unknown" } | { state: "read"; changes: MetadataChange[] };

function Metadata({ before, after }: { before: Blob; after: Blob }) {
  const [listed, setListed] = useState<Listed>({ state: "reading" });
  useEffect(() => {
    let current = true;
    const worker = lookWorker();
    Promise.all([worker.metadata(before), worker.metadata(after)]).then(
      ([from, to]) => {
        if (!current) return;
        setListed(from && to ? { state: "read", changes: metadataChanges(from, to) } : { state: "unknown" });
      },
      () => current && setListed({ state: "unknown" }),
    );
    return () => {
      current = false;
    };
  }, [before, after]);

  if (listed.state === "reading") return <p className={styles.hint}>…</p>;
  if (listed.state === "unknown") return <p className={styles.hint}>{LOOK.metadataUnknown}</p>;
  if (listed.changes.length === 0) return <p className={styles.hint}>{LOOK.metadataNone}</p>;
  return (
    <dl className={styles.list} data-testid="metadata">
      {listed.changes.map(({ kind, before: from, after: to }) => (
        <div key={kind}>
          <dt>{kind}</dt>
          <dd>
            {[from, to]
              .map((size) => (size === null ? "–" : size === 0 ? "•" : formatBytes(size)))
              .join(" → ")}{" "}
            <em>
              {to === null
                ? LOOK.metadataDropped
                : from === null
                  ? LOOK.metadataAdded
                  : from === to || from === 0 || to === 0
                    ? LOOK.metadataKept
                    : LOOK.metadataPartly}
            </em>
          </dd>
        </div>
      ))}
    </dl>
  );
}
