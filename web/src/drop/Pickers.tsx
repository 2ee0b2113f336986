import { useRef } from "react";
import { Button } from "../ui/Button";
import { AddIcon, FolderIcon } from "../ui/icons";
import { DROP } from "../ui/page-text";
import { fromFileList, type Incoming } from "./incoming";

const ACCEPT =
  "image/jpeg,image/png,image/webp,image/avif,image/gif,image/tiff,image/jxl,image/bmp,image/vnd.microsoft.icon,.jpg,.jpeg,.png,.webp,.avif,.gif,.tif,.tiff,.jxl,.bmp,.ico";

/** Understood by every browser on a desktop, but not by React's types. */
const FOLDER = { webkitdirectory: "" };

/** Buttons for files and folders. The inputs behind them stay out of sight and out of the tab order. */
export function Pickers({
  primary,
  onFiles,
}: {
  /** Whether choosing images is the one thing to do next. */
  primary: boolean;
  onFiles: (incoming: Incoming) => void;
}) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (event: React.ChangeEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    onFiles(fromFileList([...(input.files ?? [])]));
    // So that choosing the same files again counts as a change.
    input.value = "";
  };
  return (
    <>
      <Button kind={primary ? "primary" : "quiet"} onClick={() => files.current?.click()}>
        <AddIcon />
        {primary ? DROP.choose : DROP.add}
      </Button>
      <Button onClick={() => folder.current?.click()}>
        <FolderIcon />
        {primary ? DROP.chooseFolder : DROP.addFolder}
      </Button>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept={ACCEPT}
        data-testid="files"
        aria-label={DROP.files}
        onChange={take}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        {...FOLDER}
        data-testid="folder"
        aria-label={DROP.folder}
        onChange={take}
      />
    </>
  );
}
