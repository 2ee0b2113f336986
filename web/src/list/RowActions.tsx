import { isActive, type QueueItem } from "../queue/item";
import type { Queue } from "../queue/queue";
import { Button, iconButtonClass } from "../ui/Button";
import { CloseIcon, DownloadIcon, RetryIcon } from "../ui/icons";
import { ROW } from "../ui/page-text";

/** What can be done with one image in the state it is in. */
export function RowActions({ item, queue, tabIndex }: { item: QueueItem; queue: Queue; tabIndex: 0 | -1 }) {
  return (
    <>
      {item.state === "done" && (
        <a
          className={iconButtonClass}
          tabIndex={tabIndex}
          href={item.output.url}
          download={item.output.path.slice(item.output.path.lastIndexOf("/") + 1)}
          aria-label={ROW.downloadOf(item.name)}
          title={ROW.download}
        >
          <DownloadIcon />
        </a>
      )}
      {(item.state === "failed" || item.state === "cancelled") && (
        <Button
          kind="icon"
          tabIndex={tabIndex}
          aria-label={ROW.retryOf(item.name)}
          title={ROW.retry}
          onClick={() => queue.retry(item.id)}
        >
          <RetryIcon />
        </Button>
      )}
      {isActive(item) ? (
        <Button
          kind="icon"
          tabIndex={tabIndex}
          aria-label={ROW.cancelOf(item.name)}
          title={ROW.cancel}
          onClick={() => queue.cancel(item.id)}
        >
          <CloseIcon />
        </Button>
      ) : (
        <Button
          kind="icon"
          tabIndex={tabIndex}
          aria-label={ROW.removeOf(item.name)}
          title={ROW.remove}
          onClick={() => queue.remove(item.id)}
        >
          <CloseIcon />
        </Button>
      )}
    </>
  );
}
