/** What is known of a task beside its progress: facts and arguments. */

import type { ComponentChildren } from "preact";
import type { Task } from "../../contract/messages";
import { isRunning, ran, waited } from "../../contract/progress";
import { tick } from "../../live/hooks";
import { ago, dateTime, duration, number, soon } from "../../text/format";
import { stateWord } from "../../text/states";
import { taskText } from "../../text/task";
import { timeStyle } from "../../text/zone";
import { Copy } from "../../ui/copy/button";
import { ListLink } from "../../ui/links/list_link";
import { NONE, prettyText, WITHHELD } from "./json_text";

export function Facts({ task }: { readonly task: Task }) {
  const { fact } = taskText;
  return (
    <section class="block">
      <h2>{taskText.facts}</h2>
      <dl class="facts">
        <Fact name={fact.state}>{stateWord(task.state)}</Fact>
        <Fact name={fact.owner}>{listLink("owner", task.owner)}</Fact>
        <Fact name={fact.launchedBy}>{task.launched_by}</Fact>
        <Fact name={fact.queue}>{listLink("queue", task.queue)}</Fact>
        <Fact name={fact.exchange}>{task.exchange}</Fact>
        <Fact name={fact.routingKey}>{task.routing_key}</Fact>
        <Fact name={fact.origin}>{task.origin}</Fact>
        <Fact name={fact.priority}>{task.priority ? number(task.priority) : null}</Fact>
        <Fact name={fact.worker}>{listLink("worker", task.worker)}</Fact>
        <Fact name={fact.release}>{listLink("release", task.release)}</Fact>
        <Fact name={fact.tries}>{task.retries ? number(task.retries + 1) : null}</Fact>
        <Fact name={fact.waited}>{said(waited(task))}</Fact>
        <Fact name={fact.ran}>{runs(task, tick.value)}</Fact>
        <Fact name={fact.created}>{at(task.created_at)}</Fact>
        <Fact name={fact.received}>{at(task.received_at)}</Fact>
        <Fact name={fact.started}>{at(task.started_at)}</Fact>
        <Fact name={fact.finished}>{at(task.finished_at)}</Fact>
        <Fact name={fact.eta}>{at(task.eta)}</Fact>
        <Fact name={fact.expires}>{at(task.expires)}</Fact>
        <Fact name={fact.name}>{listLink("name", task.name)}</Fact>
        <Fact name={fact.replacedBy}>{task.replaced_by && <code>{task.replaced_by}</code>}</Fact>
        <Fact name={fact.id}>
          <code>{task.id}</code> <Copy text={task.id} />
        </Fact>
      </dl>
    </section>
  );
}

/** A link to the list of what has this value. */
function listLink(key: "owner" | "queue" | "worker" | "release" | "name", value: string | null) {
  return (
    value && (
      <ListLink of={key} value={value}>
        {key === "name" ? <code>{value}</code> : value}
      </ListLink>
    )
  );
}

/** Absent while the fact is unknown. */
function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A relative time with the exact one as its tooltip; or the other way round. */
function at(unix: number | null) {
  if (unix === null) return null;
  const exact = dateTime(unix);
  const away = tick.value - unix;
  const said = away < 0 ? soon(-away) : ago(away);
  const relative = timeStyle.value === "relative";
  return <time title={relative ? exact : said}>{relative ? said : exact}</time>;
}

function said(seconds: number | null): string | null {
  return seconds === null ? null : duration(seconds);
}

function runs(task: Task, now: number): string | null {
  if (task.started_at !== null && isRunning(task.state)) {
    return duration(Math.max(0, Math.floor(now - task.started_at)));
  }
  return said(ran(task));
}

/** Whether nobody told of its arguments. One that is attached tells of those that it does not have as well. */
function isUntold(task: Task): boolean {
  return task.args === null && task.kwargs === null && !task.known_by.includes("attach");
}

export function Arguments({ task }: { readonly task: Task }) {
  const args = task.args !== null && !NONE.has(task.args) ? task.args : null;
  const kwargs = task.kwargs !== null && !NONE.has(task.kwargs) ? task.kwargs : null;
  return (
    <section class="block">
      <h2>{taskText.arguments}</h2>
      {args === WITHHELD && <p class="soft">{taskText.withheld}</p>}
      {args !== null && args !== WITHHELD && (
        <figure class="code" data-arguments="args">
          <figcaption>
            {taskText.positional} <Copy text={prettyText(args)} />
          </figcaption>
          <pre tabIndex={0}>{prettyText(args)}</pre>
        </figure>
      )}
      {kwargs !== null && (
        <figure class="code" data-arguments="kwargs">
          <figcaption>
            {taskText.named} <Copy text={prettyText(kwargs)} />
          </figcaption>
          <pre tabIndex={0}>{prettyText(kwargs)}</pre>
        </figure>
      )}
      {args === null && kwargs === null && (
        <p class="soft">{isUntold(task) ? taskText.argumentsUnknown : taskText.noArguments}</p>
      )}
    </section>
  );
}
