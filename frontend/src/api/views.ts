/** The calls that change the views which people share. They are read as a board. */

import { text } from "../text";
import { send } from "./http";

/** Shares a search under a name, in place of what was shared under it. */
export async function shareView(name: string, search: string): Promise<void> {
  await send("POST", "/views", { name, search }, text.problem.undecided);
}

/** Shares it no longer. */
export async function unshareView(name: string): Promise<void> {
  await send("DELETE", `/views/${encodeURIComponent(name)}`, undefined, text.problem.undecided);
}
