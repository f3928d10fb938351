/** The task beside the list: what it says, its arguments and steps, and where it leads. Loaded when it is first opened. */

import "../../../styles/opened.css";
import "../../../styles/pages/peek.css";

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { href, listOf } from "../../../browser/router";
import { withoutEscapes } from "../../../contract/escapes";
import type { Task } from "../../../contract/messages";
import { isRunning, outline, stepPercent, wholePercent } from "../../../contract/progress";
import { tick, useWatch } from "../../../live/hooks";
import { text } from "../../../text";
import { actionText } from "../../../text/actions";
import { ago, amount, duration, number, shortName, titled } from "../../../text/format";
import { outcome, stateWord, told } from "../../../text/states";
import { Bar } from "../../../ui/bar";
import { Glyph } from "../../../ui/glyph";
import { ListLink } from "../../../ui/links/list_link";

interface Props {
  readonly peeked: Signal<string | null>;
  /** Runs it again; undefined where the user may not. */
  readonly retry: ((id: string) => void) | undefined;
}

export function Peek({ peeked, retry }: Props) {
  const id = peeked.value;
  return id === null ? null : <Panel id={id} close={() => (peeked.value = null)} retry={retry} />;
}

interface PanelProps {
  readonly id: string;
  readonly close: () => void;
  readonly retry: Props["retry"];
}

function Panel({ id, close, retry }: PanelProps) {
  const words = text.tasks.peek;
  const store = useWatch({ task: id });
  const task = store.ids.value.length ? store.task(id)?.value : undefined;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  return (
    <aside
      ref={panel}
      class="peek"
      tabIndex={-1}
      aria-label={task ? words.label(titled(task)) : words.loading}
      data-peek={id}
      data-state={task?.state}
    >
      <div class="peek-acts">
        <a class="button button-plain" href={href({ page: "task", id })}>
          {words.open}
        </a>
        {task && retry && ENDED.has(task.state) && (
          <button class="button button-plain" type="button" onClick={() => retry(id)}>
            {actionText.retry}
          </button>
        )}
        <button class="quiet" type="button" onClick={close}>
          {words.close}
        </button>
      </div>
      {task && <Content task={task} />}
    </aside>
  );
}

const ENDED: ReadonlySet<string> = new Set(["SUCCESS", "FAILURE", "REVOKED", "LOST"]);

function Content({ task }: { readonly task: Task }) {
  const words = text.tasks.peek;
  const now = tick.value;
  const percent = wholePercent(task);
  return (
    <>
      <h2 class="peek-title">
        <Glyph state={task.state} percent={percent} />
        <ListLink of="name" value={task.name}>
          {shortName(task.name ?? task.id)}
        </ListLink>
        {task.label && <span class="row-label">{task.label}</span>}
      </h2>
      {isRunning(task.state) && <Bar percent={task.percent} label={titled(task)} />}
      <p class="peek-told">
        {isRunning(task.state) ? withoutEscapes(task.message ?? "") : told(task, now)}
      </p>
      {task.error && (
        <p class="soft">
          <a href={listOf("error", task.error.type)}>{words.others(task.error.type)}</a>
        </p>
      )}
      <Steps task={task} />
      <Given name={words.args} value={task.args} />
      <Given name={words.kwargs} value={task.kwargs} />
      <dl class="peek-facts">
        <Fact name={words.state}>
          {isRunning(task.state) ? stateWord(task.state) : outcome(task, now)}
        </Fact>
        <Fact name={words.sent}>{task.created_at && ago(now - task.created_at)}</Fact>
        <Fact name={words.tries}>{task.retries ? number(task.retries + 1) : null}</Fact>
        <Fact name={words.waited}>{waitedOf(task)}</Fact>
        {(["queue", "worker", "owner", "release"] as const).map((key) => (
          <Fact key={key} name={words[key]}>
            {task[key] && (
              <ListLink of={key} value={task[key]}>
                {task[key]}
              </ListLink>
            )}
          </Fact>
        ))}
        {task.retried_as && (
          <Fact name={words.retriedAs}>
            <a href={href({ page: "task", id: task.retried_as })}>{task.retried_as}</a>
          </Fact>
        )}
      </dl>
    </>
  );
}

function waitedOf({ created_at: from, started_at: to, retries }: Task): string | null {
  return from === null || to === null || retries ? null : duration(Math.max(0, to - from));
}

/** Absent while it is unknown. */
function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  if (!children) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const NONE: ReadonlySet<string | null> = new Set([null, "", "[]", "()", "{}"]);

/** Arguments: indented where they are JSON. */
function Given({ name, value }: { readonly name: string; readonly value: string | null }) {
  if (value === null || NONE.has(value)) return null;
  return (
    <figure class="code">
      <figcaption>{name}</figcaption>
      <pre tabIndex={0}>{indented(value)}</pre>
    </figure>
  );
}

/** Numbers that JavaScript may not hold exactly are left as they are. */
function indented(given: string): string {
  try {
    return /\d{16}/.test(given) ? given : JSON.stringify(JSON.parse(given), null, 2);
  } catch {
    return given;
  }
}

function Steps({ task }: { readonly task: Task }) {
  const steps = outline(task.steps).filter(({ description }) => description);
  if (!steps.length) return null;
  return (
    <ol class="peek-steps">
      {steps.map((step) => (
        <li key={step.key}>
          <span>{step.description}</span>
          <small>{amount(step.current, step.total, step.unit)}</small>
          <Bar
            size="step"
            tone={step.done ? "done" : isRunning(task.state) ? "running" : "still"}
            percent={stepPercent(step)}
            label={step.description}
          />
        </li>
      ))}
    </ol>
  );
}
