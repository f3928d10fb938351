/** What arrived in the local mailbox, and one message as text. Nothing in a message is interpreted. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { registry } from "../../api/calls";
import {
  type Arrived,
  arrivals,
  attachmentUrl,
  type Message,
  message,
  sourceUrl,
  taskOf,
} from "../../api/mailbox";
import { href } from "../../browser/router";
import { tick, useWatch } from "../../live/hooks";
import { text } from "../../text";
import { ago, bytes, dateTime } from "../../text/format";
import { Loading } from "../../ui/loading";
import { Mark } from "../../ui/mark";
import { useOnce } from "../../ui/once";

const words = text.mailbox;

/** Messages that are listed at first, and added at a time; the server gives no more than MOST. */
const PAGE = 50;
const MOST = 1000;

/** Every task that hands over a mail. */
const SENDERS = { view: { name: "phloem.jobs.send_*", limit: 1 } } as const;

export function Mailbox({ id }: { readonly id: string | null }) {
  const [limit, setLimit] = useState(PAGE);
  const load = useCallback(() => arrivals(limit), [limit]);
  const { value, problem, again } = useOnce(load);
  useMailSent(again);
  useEffect(() => {
    if (id === null) document.title = `${words.title} · ${text.name}`;
  }, [id]);
  if (problem && !value) return <p class="notice">{problem.sentence}</p>;
  if (!value) return <Loading title={words.title} words={words.loading} />;
  if (!value.messages.length && id === null) return <Empty />;
  return (
    <div class="mailbox" data-open={id !== null || undefined}>
      <div class="mailbox-list">
        <h1>{words.title}</h1>
        <p class="soft">{words.about}</p>
        <List mails={value.messages} open={id} />
        {value.next !== null && limit < MOST && (
          <button class="copy" type="button" onClick={() => setLimit(Math.min(MOST, limit + PAGE))}>
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

/** Calls `then` when a task that sends mail has done something, as the frames tell: nobody asks again and again. */
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
  const { value: jobs } = useOnce(registry);
  return (
    <div class="empty" data-mailbox="empty">
      <Mark hollow />
      <h1>{words.title}</h1>
      <p>{words.none}</p>
      {jobs?.some(({ name }) => name === SEND) && (
        <a class="button" href={href({ page: "launch", job: SEND })}>
          {words.send}
        </a>
      )}
    </div>
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

function MessageView({ id }: { readonly id: string }) {
  const load = useCallback(() => message(id), [id]);
  const { value, problem } = useOnce(load);
  const subject = value?.subject || words.subjectless;
  useEffect(() => {
    document.title = `${subject} · ${text.name}`;
  }, [subject]);
  return (
    <article class="mail" data-message={id}>
      <a class="task-back mail-back" href={href({ page: "mailbox", id: null })}>
        {words.back}
      </a>
      {problem && <p class="problem">{problem.sentence}</p>}
      {!value && !problem && <Loading words={words.loading} />}
      {value && <Shown mail={value} />}
    </article>
  );
}

function Shown({ mail }: { readonly mail: Message }) {
  const task = taskOf(mail.headers);
  return (
    <>
      <h2 class="mail-subject">{mail.subject || words.subjectless}</h2>
      <dl class="mail-facts">
        <dt>{words.from}</dt>
        <dd>{mail.from}</dd>
        <dt>{words.to}</dt>
        <dd>{mail.to.join(", ")}</dd>
        <dt>{words.at}</dt>
        <dd>
          {dateTime(mail.at)}, {bytes(mail.size)}
        </dd>
        {task && (
          <>
            <dt>{words.task}</dt>
            <dd>
              <a href={href({ page: "task", id: task })}>
                <code>{task}</code>
              </a>
            </dd>
          </>
        )}
      </dl>
      {mail.text === null ? (
        <p class="soft">{words.noText}</p>
      ) : (
        <pre class="mail-text" tabIndex={0}>
          {mail.text}
        </pre>
      )}
      {mail.clipped && <p class="soft">{words.clipped}</p>}
      {mail.attachments.length > 0 && (
        <section class="block">
          <h2>{words.attachments}</h2>
          <ul>
            {mail.attachments.map((each) => (
              <li key={each.part}>
                <a href={attachmentUrl(mail.id, each.part)} download={each.filename}>
                  {each.filename}
                </a>{" "}
                <span class="soft">
                  {each.content_type}, {bytes(each.size)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <details class="mail-headers">
        <summary>{words.headers}</summary>
        <pre class="well" tabIndex={0}>
          {mail.headers.map(([name, value]) => `${name}: ${value}`).join("\n")}
        </pre>
      </details>
      <a href={sourceUrl(mail.id)} download={`${mail.id}.eml`}>
        {words.source}
      </a>
    </>
  );
}
