/** Sessions: one's own, and for admins those of everybody. Any of them can be ended. */

import { allSessions, endOtherSessions, endSession, type OpenSession } from "../../api/sessions";
import { text } from "../../text";
import { accessText } from "../../text/access/page";
import { Act } from "../../ui/act";
import { useAttempt } from "../../ui/attempt";
import { Loading } from "../../ui/loading";
import { useOnce } from "../../ui/once";
import { ProblemView } from "../../ui/problem";
import { browserName } from "./browser_name";
import { Moment } from "./moment";
import { type Column, Table } from "./table";

const words = accessText.sessions;

export function Sessions() {
  const { value: sessions, problem: unread, again } = useOnce(allSessions);
  const { busy, problem, attempt } = useAttempt();
  const act = (call: () => Promise<void>) => void attempt(call).finally(again);
  if (!sessions) {
    return unread ? <ProblemView problem={unread} /> : <Loading words={accessText.loading} />;
  }
  const others = othersOf(sessions);
  return (
    <section>
      <p class="soft access-about">{words.about}</p>
      <ProblemView problem={problem} />
      {sessions.length ? (
        <Table
          kind="sessions"
          title={text.me.parts.sessions}
          columns={columns(busy, ({ id }) => act(() => endSession(id)))}
          rows={sessions}
          keyOf={({ id }) => id}
        />
      ) : (
        <p class="notice">{words.none}</p>
      )}
      {others > 0 && (
        <div class="access-after">
          <Act
            label={words.endOthers}
            explain={words.costOthers(others)}
            ask={{ cost: words.costOthers(others), agree: words.agreeOthers }}
            busy={busy}
            act={() => act(endOtherSessions)}
          />
        </div>
      )}
    </section>
  );
}

/** How many sessions the user has beside that of this page. All who know the shared password count as one user. */
function othersOf(sessions: readonly OpenSession[]): number {
  const mine = sessions.find(({ current }) => current);
  return sessions.filter(
    ({ current, kind, name }) => !current && kind === mine?.kind && name === mine.name,
  ).length;
}

function columns(
  busy: boolean,
  end: (session: OpenSession) => void,
): readonly Column<OpenSession>[] {
  return [
    {
      key: "who",
      title: words.who,
      cell: ({ name, role, current }) => (
        <>
          <b>{name ?? accessText.shared}</b> <span class="soft">{accessText.role[role]}</span>
          {current && <span class="access-current">{words.current}</span>}
        </>
      ),
    },
    {
      key: "browser",
      title: words.browser,
      cell: ({ agent }) => <span title={agent}>{browserName(agent)}</span>,
    },
    { key: "address", title: words.address, cell: ({ address }) => <code>{address}</code> },
    { key: "began", title: words.began, cell: ({ started_at: at }) => <Moment at={at} /> },
    { key: "seen", title: words.seen, cell: ({ seen_at: at }) => <Moment at={at} /> },
    {
      key: "act",
      title: accessText.acts,
      untitled: true,
      cell: (session) =>
        !session.current && (
          <button
            class="small"
            type="button"
            title={words.explainEnd}
            disabled={busy}
            onClick={() => end(session)}
          >
            {words.end}
          </button>
        ),
    },
  ];
}
