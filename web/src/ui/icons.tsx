import type { ReactNode } from "react";

/** Drawn on a 20-pixel grid, in the colour of the text beside them; always decoration, never the only label. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      width="20"
      height="20"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const AddIcon = () => (
  <Icon>
    <path d="M10 4.5v11M4.5 10h11" />
  </Icon>
);

export const FolderIcon = () => (
  <Icon>
    <path d="M2.8 6.2c0-.9.6-1.5 1.5-1.5h3l1.7 2h6.7c.9 0 1.5.6 1.5 1.5v5.6c0 .9-.6 1.5-1.5 1.5H4.3c-.9 0-1.5-.6-1.5-1.5Z" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3.5v9M6.3 9l3.7 3.7L13.7 9M4 16.5h12" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />
  </Icon>
);

export const RetryIcon = () => (
  <Icon>
    <path d="M15.8 10a5.8 5.8 0 1 1-1.8-4.2M14.3 2.8v3.3H11" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <path d="M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 3.7 3.7 7.3-8.4" />
  </Icon>
);

export const WarnIcon = () => (
  <Icon>
    <path d="M10 3.5 17.5 16h-15ZM10 8.3v3.4M10 13.8v.1" />
  </Icon>
);

export const LockIcon = () => (
  <Icon>
    <path d="M5 9h10v7.5H5ZM7 9V6.5a3 3 0 0 1 6 0V9" />
  </Icon>
);

export const SlidersIcon = () => (
  <Icon>
    <path d="M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4" />
  </Icon>
);

export const SunIcon = () => (
  <Icon>
    <path d="M10 6.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8ZM10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M4.3 15.7l1.2-1.2M14.5 5.5l1.2-1.2" />
  </Icon>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M16.5 11.8A6.8 6.8 0 0 1 8.2 3.5a6.8 6.8 0 1 0 8.3 8.3Z" />
  </Icon>
);

export const SystemIcon = () => (
  <Icon>
    <path d="M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Z" />
    <path d="M10 3a7 7 0 0 1 0 14Z" fill="currentColor" stroke="none" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <path d="M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4ZM12.8 12.8 16.5 16.5" />
  </Icon>
);

export const TrashIcon = () => (
  <Icon>
    <path d="M4 6h12M8 6V4h4v2M5.5 6l.8 10h7.4l.8-10M8.5 9v4M11.5 9v4" />
  </Icon>
);

export const EyeIcon = () => (
  <Icon>
    <path d="M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5Z" />
    <path d="M10 7.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4Z" />
  </Icon>
);

export const PreviousIcon = () => (
  <Icon>
    <path d="M12.5 4.5 7 10l5.5 5.5" />
  </Icon>
);

export const NextIcon = () => (
  <Icon>
    <path d="M7.5 4.5 13 10l-5.5 5.5" />
  </Icon>
);

export const MinusIcon = () => (
  <Icon>
    <path d="M4.5 10h11" />
  </Icon>
);

export const PulseIcon = () => (
  <Icon>
    <path d="M2.5 10.5h3.5l2-6 3.5 11 2-5h4" />
  </Icon>
);
