/** The page of queues: how many messages each has, how long tasks wait, and which workers consume it. */

import { href, listOf } from "../../browser/router";
import {
  asBroker,
  asQueues,
  asTruth,
  byTrouble,
  clearsIn,
  deepest,
  isTroubled,
  type Queue,
} from "../../contract/boards";
import { tick, useBoard } from "../../live/hooks";
import { termOf } from "../../search/terms";
import { about, dateTime, number, shortWorker } from "../../text/format";
import { queuesText as words } from "../../text/operations";
import { Mark } from "../../ui/mark";
import { BoardView } from "./board_view";

export function Queues() {
  const board = useBoard("queues");
  const picture = board.picture.value;
  const queues = asQueues(picture);
  const truth = asTruth(picture);
  const known = truth.known || truth.stale_since !== null;
  const most = deepest(queues ?? []);
  const { broker, held_back, unknown } = asBroker(picture);
  return (
    <BoardView board={board} words={words} ready={queues !== null && known}>
      {queues?.length === 0 ? (
        <div class="empty">
          <Mark hollow />
          <p>{words.none}</p>
        </div>
      ) : (
        <div class="board-table" data-kind="queues" role="table" aria-label={words.title}>
          <Head />
          <div role="rowgroup">
            {byTrouble(queues ?? []).map((queue) => (
              <QueueRow key={queue.name} queue={queue} most={most} />
            ))}
          </div>
        </div>
      )}
      {broker !== null && (
        <p class="board-note">
          {words.broker} <code>{broker}</code>
        </p>
      )}
      {held_back ? <p class="board-note">{words.heldBack(held_back)}</p> : null}
      {unknown !== null && <p class="board-note">{unknown}</p>}
    </BoardView>
  );
}

function Head() {
  const { column } = words;
  return (
    <div role="rowgroup">
      <div class="board-row board-head" role="row">
        {Object.entries(column).map(([key, name]) => (
          <span key={key} class={`queue-${key}`} role="columnheader">
            {name}
          </span>
        ))}
      </div>
    </div>
  );
}

interface CountProps {
  readonly of: number;
  readonly search: string;
}

/** A count that leads to the list of what it counts. */
function Count({ of, search }: CountProps) {
  return of ? <a href={href({ page: "tasks", search })}>{number(of)}</a> : <span>0</span>;
}

function QueueRow({ queue, most }: { readonly queue: Queue; readonly most: number }) {
  const now = tick.value;
  const { column } = words;
  const figure = queue.depth ?? queue.waiting;
  const facts = words.facts(queue, now);
  const clears = clearsIn(queue);
  const others = queue.consumers.length ? 0 : (queue.consumer_count ?? 0);
  return (
    <div
      class="board-row"
      role="row"
      data-queue={queue.name}
      data-trouble={isTroubled(queue) || undefined}
    >
      <span class="queue-name" role="cell">
        <a href={listOf("queue", queue.name)}>
          <b>{queue.name}</b>
        </a>
        {facts.length > 0 && <small class="queue-facts">{facts.join(" · ")}</small>}
      </span>
      <span class="queue-depth" role="cell" data-label={column.depth}>
        <span class="queue-figure">
          {queue.depth === null ? words.unknown : number(queue.depth)}
        </span>
        <span class="queue-bar" aria-hidden="true">
          <span style={{ transform: `scaleX(${figure / most})` }} />
        </span>
      </span>
      <span class="queue-waiting" role="cell" data-label={column.waiting}>
        <Count of={queue.waiting} search={`state:waiting ${termOf("queue", queue.name)}`} />
      </span>
      <span class="queue-running" role="cell" data-label={column.running}>
        <Count of={queue.running} search={`state:running ${termOf("queue", queue.name)}`} />
      </span>
      <span class="queue-flow" role="cell" data-label={column.flow}>
        {words.flow(queue.came, queue.left, queue.waiting)}
        {clears !== null && <small class="queue-facts">{words.clears(clears)}</small>}
      </span>
      <span
        class="queue-oldest"
        role="cell"
        data-label={column.oldest}
        title={queue.oldest_at === null ? undefined : dateTime(queue.oldest_at)}
      >
        {queue.oldest_at === null ? "–" : about(now - queue.oldest_at)}
      </span>
      <span
        class="queue-consumers"
        role="cell"
        data-label={queue.consumers.length ? column.consumers : undefined}
        data-nobody={(queue.consumers.length === 0 && others === 0) || undefined}
        title={queue.consumers.join(", ") || undefined}
      >
        {queue.consumers.map((name, place) => (
          <span key={name}>
            {place > 0 && ", "}
            <a href={listOf("worker", name)}>{shortWorker(name)}</a>
          </span>
        ))}
        {queue.consumers.length === 0 && (others ? words.others(others) : words.nobody)}
      </span>
    </div>
  );
}
