// Before the first paint, so that a chosen theme does not flash in the other one. A file of its own because
// the page's policy allows no inline scripts.
try {
  const theme = localStorage.getItem("planish.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's theme it is.
}
