/** The page of what was shared: one task, or the tasks of a workflow or of an owner, as far as the token of its address shows them. */

import "../../../styles/opened.css";

import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../../../api/http";
import { me } from "../../../api/me";
import { useTitle } from "../../../browser/title";
import { wholePercent } from "../../../contract/progress";
import { readShare } from "../../../contract/share";
import { connection, useWatch } from "../../../live/hooks";
import { partOf, TOKEN } from "../../../site/token";
import { shareText } from "../../../text/access/share";
import { Loading } from "../../../ui/loading";
import { Mark } from "../../../ui/mark";
import { useOnce } from "../../../ui/once";
import { Course } from "../course";
import { Summary } from "../head";
import { NotKnown } from "../page";
import { useTab } from "../tab";
import { SharedTasks } from "./tasks";

const words = shareText.page;

const SHARE = readShare(TOKEN);

export function SharedPage() {
  const link = connection.link.value;
  const opened = useFragment();
  if (!SHARE) return <Refused sentence={words.invalid} />;
  if (link.kind === "reconnecting" && link.denied) return <Denied />;
  if (SHARE.task !== null) return <SharedTask id={SHARE.task} />;
  if (opened === null) return <SharedTasks root={SHARE.root} />;
  return (
    <>
      <a class="task-back" href={`#token=${TOKEN}`}>
        {words.back}
      </a>
      <SharedTask key={opened} id={opened} />
    </>
  );
}

/** The task that the address names after its token. Another token is another page. */
function useFragment(): string | null {
  const [opened, setOpened] = useState(() => partOf(location.hash, "task"));
  useEffect(() => {
    const look = () => {
      if (partOf(location.hash, "token") === TOKEN) setOpened(partOf(location.hash, "task"));
      else location.reload();
    };
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return opened;
}

function SharedTask({ id }: { readonly id: string }) {
  const store = useWatch({ task: id });
  const refusal = store.refusal.value;
  const task = store.ids.value.length ? store.task(id)?.value : undefined;
  useTab(id, task);
  if (refusal !== null) return <Refused sentence={refusal} />;
  if (!store.answered.value) return <Loading title={id} words={words.loading} />;
  if (!task) return <NotKnown id={id} />;
  return (
    <article
      class="task"
      data-task-page={id}
      data-state={task.state}
      data-percent={wholePercent(task) ?? undefined}
    >
      <header class="task-head">
        <Summary task={task} />
      </header>
      <Course task={task} log={store.log.value} />
    </article>
  );
}

/** The server does not take the token: says why. */
function Denied() {
  const { value, problem } = useOnce(refusalOf);
  if (value === null && problem === null) return <Loading words={words.loading} />;
  return <Refused sentence={value ?? problem?.sentence ?? words.invalid} />;
}

async function refusalOf(): Promise<string> {
  try {
    await me();
  } catch (reason) {
    if (!(reason instanceof ApiError) || reason.passing) throw reason;
    if (reason.code === "token_expired") return words.expired;
    if (reason.code === "token_revoked") return words.revoked;
    if (reason.code !== "token_invalid") return reason.message;
  }
  return words.invalid;
}

function Refused({ sentence }: { readonly sentence: string }) {
  useTitle(words.titleRefused);
  return (
    <div class="empty" data-refused>
      <Mark hollow />
      <h1>{words.titleRefused}</h1>
      <p role="status">
        {sentence} {words.again}
      </p>
    </div>
  );
}
