/** The calls that change the views which people share. They are read as a board. */

import { text } from "../text";
import { ApiError, send } from "./http";

/** Shares a search under a name. False, and nothing is done, if that is taken and what has it is not to be replaced. */
export async function shareView(name: string, search: string, replace: boolean): Promise<boolean> {
  try {
    await send("POST", "/views", { name, search, replace }, text.problem.undecided);
    return true;
  } catch (reason) {
    if (reason instanceof ApiError && reason.code === "view_taken") return false;
    throw reason;
  }
}

/** Shares it no longer. */
export async function unshareView(name: string): Promise<void> {
  await send("DELETE", `/views/${encodeURIComponent(name)}`, undefined, text.problem.undecided);
}
