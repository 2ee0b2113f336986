import type { ManifestOptions } from "vite-plugin-pwa";

/** What can be opened with the installed page. */
const accepted = {
  "image/jpeg": [".jpg", ".jpeg", ".jpe", ".jfif"],
  "image/png": [".png"],
  "image/webp": [".webp"],
  "image/avif": [".avif"],
  "image/gif": [".gif"],
  "image/tiff": [".tif", ".tiff"],
  "image/jxl": [".jxl"],
};

/** Every address is relative: the page may lie anywhere. */
export const manifest: Partial<ManifestOptions> = {
  id: "planish",
  name: "planish",
  short_name: "planish",
  description: "Makes images as small as they can be while they still look the same. Nothing is uploaded.",
  start_url: "./",
  scope: "./",
  display: "standalone",
  background_color: "#faf6f2",
  theme_color: "#9a4f26",
  categories: ["graphics", "photo", "utilities"],
  icons: [
    { src: "./icons/192.png", sizes: "192x192", type: "image/png" },
    { src: "./icons/512.png", sizes: "512x512", type: "image/png" },
    { src: "./icons/maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
    { src: "./icon.svg", sizes: "any", type: "image/svg+xml" },
  ],
  // "Open with" on the desktop: one window takes all of them.
  file_handlers: [{ action: "./", accept: accepted }],
  launch_handler: { client_mode: ["focus-existing", "auto"] },
  // The share sheet: posted to the service worker, which no request leaves.
  share_target: {
    action: "./share",
    method: "POST",
    enctype: "multipart/form-data",
    params: {
      files: [{ name: "images", accept: [...Object.keys(accepted), ...Object.values(accepted).flat()] }],
    },
  },
};
