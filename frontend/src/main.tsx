import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/tasks.css";
import "./styles/task.css";
import "./styles/run.css";
import "./styles/result.css";
import "./styles/launch.css";
import "./styles/mailbox.css";
import "./styles/boards.css";
import "./styles/menu.css";

import { effect } from "@preact/signals";
import { render } from "preact";
import { startRouter } from "./browser/router";
import { iconOf, looked, showIcon } from "./browser/tab_icon";
import { connection, startLive } from "./live/hooks";
import { Frame } from "./shell/frame";

startRouter();
startLive();
effect(() => showIcon(iconOf(connection.link.value.kind !== "reconnecting", looked.value)));

const page = document.getElementById("page");
if (page) render(<Frame />, page);
