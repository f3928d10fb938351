// Runs before the first paint, so that a chosen theme never flashes. Its twin is src/theme.ts.
try {
  const theme = localStorage.getItem("phloem.theme");
  if (theme === "paper" || theme === "night") document.documentElement.dataset.theme = theme;
} catch {
  // No storage here (a private window may refuse it): the system's theme it is.
}
