/** `/share#token=…`: the tasks that a token is for, and nothing else. It loads nothing that needs to be signed in for. */

import "../element/embed";
import { followAll } from "../element/feed";
import { contentOf } from "../element/renewal";
import { elementText as text } from "../text/element";
import { tokenOf } from "./address";

const root = new URL("./", document.baseURI).href;
const list = document.querySelector("#tasks") as HTMLElement;
const sentence = document.querySelector("#sentence") as HTMLElement;

/** Puts a bar for each task, in this order. One that is moved begins anew, so those that are there stay in place. */
function show(token: string, ids: readonly string[]): void {
  for (const each of [...list.children]) {
    if (!ids.includes(each.getAttribute("task") ?? "")) each.remove();
  }
  const bars = new Map([...list.children].map((each) => [each.getAttribute("task"), each]));
  ids.forEach((id, place) => {
    const at = list.children[place] ?? null;
    if (at?.getAttribute("task") !== id) list.insertBefore(bars.get(id) ?? bar(token, id), at);
  });
}

function bar(token: string, id: string): HTMLElement {
  const made = document.createElement("task-progress");
  for (const [name, value] of Object.entries({ task: id, token, server: root, size: "card" })) {
    made.setAttribute(name, value);
  }
  return made;
}

function start(): void {
  const token = tokenOf(location);
  // The address bar, the history and the logs of a proxy are to have no token.
  if (location.search) history.replaceState(null, "", `${location.pathname}#token=${token ?? ""}`);
  const content = contentOf(token);
  if (token === null || content === null || typeof content.role === "string") {
    sentence.textContent = text.noPermission;
  } else if (typeof content.task === "string") {
    show(token, [content.task]);
  } else {
    followAll(root, token, ({ ids, answered, refusal }) => {
      show(token, ids);
      sentence.textContent = refusal ?? (answered && ids.length === 0 ? text.noTasks : "");
    });
  }
}

// Another link in the address bar is another page.
addEventListener("hashchange", () => location.reload());
start();
