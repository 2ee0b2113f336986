import { isActive, type QueueItem } from "../queue/item";
import type { Queue } from "../queue/queue";
import { Button, iconButtonClass } from "../ui/Button";
import { CloseIcon, DownloadIcon, RetryIcon } from "../ui/icons";

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
          aria-label={`Download ${item.name}`}
          title="Download"
        >
          <DownloadIcon />
        </a>
      )}
      {(item.state === "failed" || item.state === "cancelled") && (
        <Button
          kind="icon"
          tabIndex={tabIndex}
          aria-label={`Try ${item.name} again`}
          title="Try again"
          onClick={() => queue.retry(item.id)}
        >
          <RetryIcon />
        </Button>
      )}
      {isActive(item) ? (
        <Button
          kind="icon"
          tabIndex={tabIndex}
          aria-label={`Cancel ${item.name}`}
          title="Cancel"
          onClick={() => queue.cancel(item.id)}
        >
          <CloseIcon />
        </Button>
      ) : (
        <Button
          kind="icon"
          tabIndex={tabIndex}
          aria-label={`Remove ${item.name} from the list`}
          title="Remove from the list"
          onClick={() => queue.remove(item.id)}
        >
          <CloseIcon />
        </Button>
      )}
    </>
  );
}
