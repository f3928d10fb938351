/** The tab of the browser, which tells how far a task is. */

import { useEffect } from "preact/hooks";
import { iconTask } from "../../browser/tab_icon";
import { useTitle } from "../../browser/title";
import type { Task } from "../../contract/messages";
import { isRunning, wholePercent } from "../../contract/progress";
import { called, percent as percentText, shortName } from "../../text/format";
import { stateWord } from "../../text/states";

/** Lets the title and the icon of the tab follow the task. */
export function useTab(id: string, task: Task | undefined): void {
  const percent = task ? wholePercent(task) : null;
  const state = task?.state;
  const name = task ? called(task) : shortName(id);
  const lead = !state
    ? ""
    : isRunning(state) && percent !== null
      ? `${percentText(percent)} `
      : `${stateWord(state)} · `;
  useTitle(lead + name);
  useEffect(() => {
    iconTask.value = state ? { state, percent } : null;
  }, [state, percent]);
  useEffect(
    () => () => {
      iconTask.value = null;
    },
    [],
  );
}
