/** What keys and the list of commands do to the tasks of the list. */

import type { Command } from "../../../browser/commands";
import { whenThere } from "../../../browser/keys";
import type { Task } from "../../../contract/messages";
import { isEnded } from "../../../contract/progress";
import { may } from "../../../me/me";
import { text } from "../../../text";
import type { Selection } from "../../../ui/task_row/selection";
import type { Listing } from "../table/table";

/** The bar of the chosen tasks appears within so many animation frames. */
const FRAMES = 10;

/**
 * Presses the button that runs the chosen tasks again, as a click would: several are asked about there. Where none is
 * chosen, this one is. Returns whether there is any to run.
 */
export function retryChosen(
  selection: Selection,
  id: string | null,
  taskOf: (id: string) => Task | undefined,
): boolean {
  const chosen = selection.ids.peek().size ? [...selection.ids.peek()] : id === null ? [] : [id];
  const hasEnded = chosen.some((each) => {
    const task = taskOf(each);
    return task !== undefined && isEnded(task.state);
  });
  if (!hasEnded || !may("retry")) return false;
  if (!selection.ids.peek().size) selection.set(chosen);
  const find = () => document.querySelector<HTMLElement>('.bulk [data-act="retry"]');
  whenThere(
    find,
    () => {},
    FRAMES,
    (button) => button.click(),
  );
  return true;
}

/** What the list of commands offers for the list of tasks. */
export function listCommands(
  selection: Selection,
  { ids }: Listing,
  retry: (id: string | null) => boolean,
): readonly Command[] {
  const words = text.tasks.command;
  const chosen = selection.ids.peek().size;
  return [
    ...(chosen && may("retry")
      ? [{ label: words.retry(chosen), act: () => void retry(null) }]
      : []),
    ...(chosen ? [{ label: words.clear, act: () => selection.set([]) }] : []),
    ...(ids.length ? [{ label: words.chooseAll, act: () => selection.set(ids) }] : []),
  ];
}
