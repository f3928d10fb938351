import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/row.css";
import "./styles/row_narrow.css";
import "./styles/pages/tasks.css";
import "./styles/menu.css";
import "./styles/forced.css";

import { effect } from "@preact/signals";
import { render } from "preact";
import { startRouter } from "./browser/router";
import { tabCount } from "./browser/tab_count";
import { iconOf, iconTask, showIcon } from "./browser/tab_icon";
import { connection, rushing, startLive } from "./live/hooks";
import { startMe } from "./me/me";
import { Shell } from "./shell/frame";
import { SharedShell } from "./shell/shared_frame";
import { IS_SHARED } from "./site/token";

startLive();
if (!IS_SHARED) {
  startRouter();
  startMe();
}
effect(() =>
  showIcon(iconOf(connection.link.value.kind !== "reconnecting", iconTask.value, tabCount.value)),
);

effect(() => {
  document.documentElement.toggleAttribute("data-rush", rushing.value);
});

// In a turn of its own: together with all above it would hold the page up for longer than people stand.
setTimeout(() => {
  const page = document.getElementById("page");
  if (page) render(IS_SHARED ? <SharedShell /> : <Shell />, page);
});
