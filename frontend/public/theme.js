// Applies the theme that the user chose before the first painting. src/shell/theme.ts changes it.
try {
  const theme = localStorage.getItem("phloem.theme");
  if (theme === "paper" || theme === "night") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage, as in a private window, it is the theme of the system.
}
