/** The page of the local mailbox: the messages that arrived, and one of them. */

import "../../styles/opened.css";

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { registry } from "../../api/calls";
import { type Arrived, arrivals } from "../../api/mailbox";
import { href } from "../../browser/router";
import { useTitle } from "../../browser/title";
import { tick, useWatch } from "../../live/hooks";
import { may } from "../../me/me";
import { text } from "../../text";
import { ago, dateTime } from "../../text/format";
import { Loading } from "../../ui/loading";
import { Mark } from "../../ui/mark";
import { useOnce } from "../../ui/once";
import { MessageView } from "./message_view";

const words = text.mailbox;

/** Messages that are listed at first, and added with each click. */
const MESSAGES_STEP = 50;
/** Messages that the server lists at most. */
const MESSAGES_LIMIT = 1000;

/** All tasks of the jobs that send mail. */
const SENDERS = { view: { name: "phloem.jobs.send_*", limit: 1 } } as const;

export function Messages({ id }: { readonly id: string | null }) {
  const [limit, setLimit] = useState(MESSAGES_STEP);
  const load = useCallback(() => arrivals(limit), [limit]);
  const { value, problem, again } = useOnce(load);
  useMailSent(again);
  useTitle(id === null ? words.title : null);
  if (problem && !value) return <p class="notice">{problem.sentence}</p>;
  if (!value) return <Loading title={words.title} words={words.loading} />;
  if (!value.messages.length && id === null) return <Empty />;
  return (
    <div class="mailbox" data-open={id !== null || undefined}>
      <div class="mailbox-list">
        <h1>{words.title}</h1>
        <p class="soft">{words.about}</p>
        <List mails={value.messages} open={id} />
        {value.next !== null && limit < MESSAGES_LIMIT && (
          <button
            class="copy"
            type="button"
            onClick={() => setLimit(Math.min(MESSAGES_LIMIT, limit + MESSAGES_STEP))}
          >
            {words.older}
          </button>
        )}
      </div>
      {id === null ? (
        <p class="mailbox-none soft">{words.choose}</p>
      ) : (
        <MessageView key={id} id={id} />
      )}
    </div>
  );
}

/** Calls `then` when a task that sends mail ended or failed. Their live totals tell, so the mailbox is not polled. */
function useMailSent(then: () => void): void {
  const store = useWatch(SENDERS);
  const { SUCCESS = 0, FAILURE = 0, RETRY = 0, LOST = 0 } = store.totals.value;
  const state = store.answered.value && [SUCCESS, FAILURE, RETRY, LOST].join();
  const last = useRef(state);
  useEffect(() => {
    if (last.current !== false && last.current !== state) then();
    last.current = state;
  }, [state, then]);
}

const SEND = "phloem.jobs.send_email";

function Empty() {
  return (
    <div class="empty" data-mailbox="empty">
      <Mark hollow />
      <h1>{words.title}</h1>
      <p>{words.none}</p>
      {may("launch") && <SendOne />}
    </div>
  );
}

/** Absent when no worker has the job. */
function SendOne() {
  const jobs = useOnce(registry).value?.tasks;
  if (!jobs?.some(({ name }) => name === SEND)) return null;
  return (
    <a class="button" href={href({ page: "launch", job: SEND })}>
      {words.send}
    </a>
  );
}

function List({
  mails,
  open,
}: {
  readonly mails: readonly Arrived[];
  readonly open: string | null;
}) {
  return (
    <ol class="mails">
      {mails.map((each) => (
        <Line key={each.id} mail={each} open={each.id === open} />
      ))}
    </ol>
  );
}

function Line({ mail, open }: { readonly mail: Arrived; readonly open: boolean }) {
  return (
    <li>
      <a
        class="mail-line"
        href={href({ page: "mailbox", id: mail.id })}
        data-mail={mail.id}
        aria-current={open ? "true" : undefined}
      >
        <span class="mail-to">{mail.to.join(", ")}</span>
        <time class="mail-at" title={dateTime(mail.at)}>
          {ago(Math.max(0, tick.value - mail.at))}
        </time>
        <b>{mail.subject || words.subjectless}</b>
      </a>
    </li>
  );
}
