/** Users: who may sign in with a name, added, changed and removed. */

import { useState } from "preact/hooks";
import { allUsers, type KnownUser, removeUser } from "../../../api/users";
import { text } from "../../../text";
import { accessText } from "../../../text/access/page";
import { Act } from "../../../ui/act";
import { useAttempt } from "../../../ui/attempt";
import { Loading } from "../../../ui/loading";
import { useOnce } from "../../../ui/once";
import { ProblemView } from "../../../ui/problem";
import { Moment } from "../moment";
import { type Column, Table } from "../table";
import { UserForm } from "./form";

const words = accessText.users;

export function Users() {
  const { value: users, problem: unread, again } = useOnce(allUsers);
  /** The user whose form is open; "new" for one that is added. */
  const [open, setOpen] = useState<KnownUser | "new" | null>(null);
  const [said, setSaid] = useState("");
  const { busy, problem, attempt } = useAttempt();
  const done = (sentence: string) => {
    setOpen(null);
    setSaid(sentence);
    again();
  };
  const remove = (name: string) =>
    attempt(async () => {
      await removeUser(name);
      done(words.removed(name));
    });
  if (!users) {
    return unread ? <ProblemView problem={unread} /> : <Loading words={accessText.loading} />;
  }
  return (
    <section>
      <p class="soft access-about">{users.length ? words.about : words.none}</p>
      <p class="access-said" role="status">
        {said}
      </p>
      <ProblemView problem={problem} />
      {users.length > 0 && (
        <Table
          kind="users"
          title={text.me.parts.users}
          columns={columns(busy, setOpen, (name) => void remove(name))}
          rows={users}
          keyOf={({ name }) => name}
        />
      )}
      {open === null ? (
        <div class="access-after">
          <button class="button button-plain" type="button" onClick={() => setOpen("new")}>
            {words.add}
          </button>
        </div>
      ) : (
        <UserForm
          key={open === "new" ? "" : open.name}
          user={open === "new" ? null : open}
          usual={users.length ? "viewer" : "admin"} // of the first, somebody has to manage the others
          done={done}
          close={() => setOpen(null)}
        />
      )}
    </section>
  );
}

function columns(
  busy: boolean,
  open: (user: KnownUser) => void,
  remove: (name: string) => void,
): readonly Column<KnownUser>[] {
  return [
    { key: "who", title: words.name, cell: ({ name }) => <b>{name}</b> },
    {
      key: "role",
      title: words.role,
      cell: ({ role }) => (role === null ? words.unreadable : accessText.role[role]),
    },
    {
      key: "owner",
      title: words.owner,
      cell: ({ owner }) => (owner === null ? words.everything : words.ofOwner(owner)),
    },
    {
      key: "began",
      title: words.since,
      cell: ({ created_at: at }) => at !== null && <Moment at={at} />,
    },
    {
      key: "act",
      title: accessText.acts,
      untitled: true,
      cell: (user) => (
        <>
          <button
            class="small"
            type="button"
            title={words.explainChange}
            aria-label={`${words.change}: ${user.name}`}
            onClick={() => open(user)}
          >
            {words.change}
          </button>
          <Act
            label={words.remove}
            explain={words.explainRemove}
            ask={{ cost: words.costRemove(user.name), danger: true, agree: words.agreeRemove }}
            busy={busy}
            act={() => remove(user.name)}
          />
        </>
      ),
    },
  ];
}
