import { useEffect, useState } from "react";
import { OptimizationError } from "../engine/errors";
import type { Engine, EngineInfo } from "../engine/port";
import { PAGE } from "../ui/page-text";
import styles from "./app.module.css";

type Status =
  | { state: "starting" }
  | { state: "ready"; info: EngineInfo }
  | { state: "failed"; message: string };

/** What the work is done with, said quietly. */
export function EngineStatus({ engine }: { engine: () => Promise<Engine> }) {
  const [status, setStatus] = useState<Status>({ state: "starting" });
  useEffect(() => {
    let current = true;
    engine().then(
      ({ info }) => current && setStatus({ state: "ready", info }),
      (thrown: unknown) =>
        current && setStatus({ state: "failed", message: OptimizationError.from(thrown).message }),
    );
    return () => {
      current = false;
    };
  }, [engine]);

  if (status.state === "starting") return <span data-testid="engine">{PAGE.starting}</span>;
  if (status.state === "failed") {
    return (
      <span className={styles.engineFailed} role="alert" data-testid="engine">
        {status.message}
      </span>
    );
  }
  const { kind, threads, version, looks = false } = status.info;
  return (
    <span data-testid="engine" data-kind={kind} data-threads={threads} data-looks={looks}>
      {`planish ${version} · ${kind === "threads" ? PAGE.threads(threads) : PAGE.workers(threads)}`}
    </span>
  );
}
