import type { Candidate, OptimizationResult } from "../engine/types";
import { formatBytes } from "../ui/format";
import { LOOK } from "../ui/text";
import { FORMAT_NAMES } from "../ui/words";
import styles from "./details.module.css";
import { plotOf } from "./plot";

const WIDTH = 288;
const HEIGHT = 150;

/** Every version that was made: how large, and how like the original. */
export function CandidatePlot({ result }: { result: OptimizationResult }) {
  const { candidates } = result;
  if (candidates.length === 0) return <p className={styles.hint}>{LOOK.candidatesNone}</p>;
  const plot = plotOf(result, { width: WIDTH, height: HEIGHT });
  return (
    <>
      <svg
        className={styles.plot}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={LOOK.plot(candidates.length)}
      >
        {plot.sizes.map(({ at, text }) => (
          <g key={text} className={styles.axis}>
            <line x1={at} x2={at} y1={plot.top} y2={plot.bottom} />
            <text x={at} y={HEIGHT - 4} textAnchor="middle">
              {text}
            </text>
          </g>
        ))}
        {plot.scores.map(({ at, text }) => (
          <g key={text} className={styles.axis}>
            <line x1={plot.left} x2={plot.right} y1={at} y2={at} />
            <text x={plot.left - 5} y={at + 3.5} textAnchor="end">
              {text}
            </text>
          </g>
        ))}
        {plot.goalScore !== null && (
          <line
            className={styles.goal}
            x1={plot.left}
            x2={plot.right}
            y1={plot.goalScore}
            y2={plot.goalScore}
          />
        )}
        {plot.goalSize !== null && (
          <line
            className={styles.goal}
            x1={plot.goalSize}
            x2={plot.goalSize}
            y1={plot.top}
            y2={plot.bottom}
          />
        )}
        {plot.points.map(({ x, y, candidate, key }) => (
          <g key={key} className={styles.point} data-outcome={candidate.outcome}>
            {candidate.outcome === "selected" && <circle cx={x} cy={y} r="8" className={styles.ring} />}
            <circle cx={x} cy={y} r="4">
              <title>{describe(candidate)}</title>
            </circle>
          </g>
        ))}
      </svg>
      <p className={styles.hint}>{LOOK.candidatesHint}</p>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{LOOK.table.encoder}</th>
              <th scope="col">{LOOK.table.quality}</th>
              <th scope="col">{LOOK.table.size}</th>
              <th scope="col">{LOOK.table.score}</th>
            </tr>
          </thead>
          <tbody>
            {plot.points.map(({ candidate, key }) => (
              <tr key={key} data-outcome={candidate.outcome} title={LOOK.outcomes[candidate.outcome]}>
                <td>
                  {candidate.encoder} <span>{FORMAT_NAMES[candidate.format]}</span>
                  {candidate.outcome !== "larger" && <em>{` · ${LOOK.outcomes[candidate.outcome]}`}</em>}
                </td>
                <td>{candidate.quality ?? "–"}</td>
                <td>{formatBytes(candidate.size)}</td>
                <td>{candidate.score === null ? "–" : candidate.score.toFixed(1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function describe(candidate: Candidate): string {
  const score = candidate.score === null ? "" : `, ${candidate.score.toFixed(1)}`;
  const quality = candidate.quality === null ? "" : ` q${candidate.quality}`;
  return `${candidate.encoder}${quality}: ${formatBytes(candidate.size)}${score}, ${LOOK.outcomes[candidate.outcome]}`;
}
