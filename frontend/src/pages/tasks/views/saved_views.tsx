/** The menu of views: searches that people share, and those that are saved in this browser. */

import { useState } from "preact/hooks";
import { shareView, unshareView } from "../../../api/views";
import {
  forgetView,
  type SavedView,
  savedViews,
  saveView,
  watchedView,
} from "../../../browser/preferences";
import { href } from "../../../browser/router";
import { asViews, type SharedView as Shared } from "../../../contract/boards";
import { useBoard } from "../../../live/hooks";
import { mayForAll, seesAll } from "../../../me/me";
import { text } from "../../../text";
import { Asking } from "../../../ui/asking";
import { useAttempt } from "../../../ui/attempt";
import { ProblemView } from "../../../ui/problem";

const words = text.tasks.tools;

interface Props {
  readonly search: string;
  /** Closes the menu. */
  readonly close: () => void;
}

export function SavedViews(props: Props) {
  // A search may name the tasks of others: the board is refused to who sees those of one owner.
  return seesAll() ? <AllViews {...props} /> : <Listed {...props} shared={[]} />;
}

function AllViews(props: Props) {
  return <Listed {...props} shared={asViews(useBoard("views").picture.value) ?? []} />;
}

function Listed({ search, close, shared }: Props & { readonly shared: readonly Shared[] }) {
  const own = savedViews.value;
  return (
    <>
      {shared.length + own.length === 0 && <p class="soft menu-words">{words.noViews}</p>}
      {shared.length > 0 && (
        <section>
          <h2 class="menu-words">{words.shared}</h2>
          <ul class="saved">
            {shared.map((view) => (
              <SharedView key={view.name} view={view} by={view.by} close={close} />
            ))}
          </ul>
        </section>
      )}
      {own.length > 0 && (
        <section>
          <h2 class="menu-words">{words.own}</h2>
          <ul class="saved">
            {own.map((view) => (
              <li key={view.name}>
                <View view={view} close={close} />
                <Remove label={words.forget(view.name)} act={() => forgetView(view.name)} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <Notify />
      {search && <SaveView search={search} />}
    </>
  );
}

interface ViewProps {
  readonly view: SavedView;
  readonly close: () => void;
}

/** Its name is isolated, so that the direction of its letters turns nothing beside it around. */
function View({ view, close }: ViewProps) {
  const watched = watchedView.value;
  const isWatched = watched?.name === view.name && watched.search === view.search;
  return (
    <>
      <a
        class="menu-item"
        href={href({ page: "tasks", search: view.search })}
        title={view.search}
        onClick={close}
      >
        <bdi>{view.name}</bdi>
      </a>
      <button
        class="quiet"
        type="button"
        aria-pressed={isWatched}
        aria-label={words.watch(view.name)}
        title={words.watch(view.name)}
        onClick={() => {
          const { name, search } = view;
          watchedView.value = isWatched ? null : { name, search, notify: false };
        }}
      >
        {isWatched ? "◉" : "○"}
      </button>
    </>
  );
}

function SharedView({ view, by, close }: ViewProps & { readonly by: string | null }) {
  const [asking, setAsking] = useState(false);
  const { problem, attempt } = useAttempt();
  const remove = words.unshare(view.name);
  if (asking) {
    return (
      <li>
        <Asking
          label={remove}
          cost={words.costUnshare}
          danger={true}
          answers={[
            { label: words.agreeUnshare, act: () => void attempt(() => unshareView(view.name)) },
          ]}
          close={() => setAsking(false)}
        />
      </li>
    );
  }
  return (
    <li title={by === null ? undefined : words.by(by)}>
      <View view={view} close={close} />
      {mayForAll("views") && <Remove label={remove} act={() => setAsking(true)} />}
      <ProblemView problem={problem} />
    </li>
  );
}

function Remove({ label, act }: { readonly label: string; readonly act: () => void }) {
  return (
    <button class="quiet" type="button" aria-label={label} title={label} onClick={act}>
      ×
    </button>
  );
}

/** Asks for a notification of the view that is watched. The browser asks for its permission after a click alone. */
function Notify() {
  const watched = watchedView.value;
  const [denied, setDenied] = useState(false);
  if (!watched || typeof Notification === "undefined") return null;
  const toggle = async () => {
    const wanted = !watched.notify;
    const granted = !wanted || (await Notification.requestPermission()) === "granted";
    setDenied(!granted);
    watchedView.value = { ...watched, notify: wanted && granted };
  };
  return (
    <>
      <label class="menu-check menu-apart">
        <input type="checkbox" checked={watched.notify} onChange={() => void toggle()} />
        <span>{words.notify}</span>
      </label>
      {denied && <p class="soft menu-words">{text.notificationsDenied}</p>}
    </>
  );
}

function SaveView({ search }: { readonly search: string }) {
  const [name, setName] = useState("");
  const { busy, problem, attempt } = useAttempt();
  const [asking, setAsking] = useState(false);
  const called = name.trim();
  const share = async (replace: boolean) => {
    if (!called) return;
    await attempt(async () => {
      if (await shareView(called, search, replace)) setName("");
      else setAsking(true);
    });
  };
  if (asking) {
    return (
      <Asking
        label={words.replace(called)}
        cost={words.costReplace(called)}
        danger={true}
        answers={[{ label: words.agreeReplace, act: () => void share(true) }]}
        close={() => setAsking(false)}
      />
    );
  }
  return (
    <form
      class="save-view"
      onSubmit={(event) => {
        event.preventDefault();
        if (!called) return;
        saveView(called, search);
        setName("");
      }}
    >
      <input
        class="tool"
        type="text"
        aria-label={words.viewName}
        placeholder={words.viewName}
        maxLength={60}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button class="button button-plain" type="submit">
        {words.save}
      </button>
      {mayForAll("views") && (
        <button
          class="button button-plain"
          type="button"
          title={words.explainShare}
          disabled={busy}
          onClick={() => void share(false)}
        >
          {words.share}
        </button>
      )}
      <ProblemView problem={problem} />
    </form>
  );
}
