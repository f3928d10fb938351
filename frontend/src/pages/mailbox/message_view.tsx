/** One message of the mailbox, as text. Nothing in it is rendered or executed. */

import { useCallback } from "preact/hooks";
import { attachmentUrl, type Message, message, sourceUrl, taskOf } from "../../api/mailbox";
import { href } from "../../browser/router";
import { useTitle } from "../../browser/title";
import { text } from "../../text";
import { bytes, dateTime } from "../../text/format";
import { Loading } from "../../ui/loading";
import { useOnce } from "../../ui/once";

const words = text.mailbox;

export function MessageView({ id }: { readonly id: string }) {
  const load = useCallback(() => message(id), [id]);
  const { value, problem } = useOnce(load);
  useTitle(value?.subject || words.subjectless);
  return (
    <article class="mail" data-message={id}>
      <a class="task-back mail-back" href={href({ page: "mailbox", id: null })}>
        {words.back}
      </a>
      {problem && <p class="problem">{problem.sentence}</p>}
      {!value && !problem && <Loading words={words.loading} />}
      {value && <Content mail={value} />}
    </article>
  );
}

function Content({ mail }: { readonly mail: Message }) {
  return (
    <>
      <h2 class="mail-subject">{mail.subject || words.subjectless}</h2>
      <MailFacts mail={mail} />
      {mail.text === null ? (
        <p class="soft">{words.noText}</p>
      ) : (
        <pre class="mail-text" tabIndex={0}>
          {mail.text}
        </pre>
      )}
      {mail.clipped && <p class="soft">{words.clipped}</p>}
      {mail.attachments.length > 0 && <Attachments mail={mail} />}
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

function MailFacts({ mail }: { readonly mail: Message }) {
  const task = taskOf(mail.headers);
  return (
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
  );
}

function Attachments({ mail }: { readonly mail: Message }) {
  return (
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
  );
}
