/** The button that switches to the next theme. */

import { text } from "../text";
import { nextTheme, type Theme, theme } from "./theme";

export function ThemeButton() {
  const current = theme.value;
  return (
    <button
      class="quiet icon-button"
      type="button"
      aria-label={text.theme[current]}
      title={text.theme[current]}
      onClick={nextTheme}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle class="theme-disc" cx="8" cy="8" r="5.5" />
        {shade(current)}
      </svg>
    </button>
  );
}

/** Half for the theme of the system, full for night, empty for paper. */
function shade(theme: Theme) {
  if (theme === "paper") return null;
  if (theme === "night") return <circle class="theme-shade" cx="8" cy="8" r="5.5" />;
  return <path class="theme-shade" d="M8 2.5A5.5 5.5 0 0 1 8 13.5Z" />;
}
