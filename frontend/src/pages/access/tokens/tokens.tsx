/** Tokens: what was shared, and what programs have. */

import { useState } from "preact/hooks";
import { allTokens, type IssuedToken, revokeToken, type Token } from "../../../api/tokens";
import { href } from "../../../browser/router";
import { may } from "../../../me/me";
import { text } from "../../../text";
import { accessText } from "../../../text/access/page";
import { Act } from "../../../ui/act";
import { useAttempt } from "../../../ui/attempt";
import { CopiedField } from "../../../ui/copy/field";
import { Loading } from "../../../ui/loading";
import { useOnce } from "../../../ui/once";
import { ProblemView } from "../../../ui/problem";
import { Moment } from "../moment";
import { type Column, Table } from "../table";
import { TokenForm } from "./form";

const words = accessText.tokens;

export function Tokens() {
  const { value: tokens, problem: unread, again } = useOnce(allTokens);
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<IssuedToken | null>(null);
  const { busy, problem, attempt } = useAttempt();
  const revoke = (id: string) =>
    attempt(async () => {
      await revokeToken(id);
      again();
    });
  if (!tokens) {
    return unread ? <ProblemView problem={unread} /> : <Loading words={accessText.loading} />;
  }
  return (
    <section>
      <p class="soft access-about">{may("tokens") ? words.about : words.own}</p>
      {made && <Shown made={made} done={() => setMade(null)} />}
      <ProblemView problem={problem} />
      {tokens.length ? (
        <Table
          kind="tokens"
          title={text.me.parts.tokens}
          columns={columns(busy, (id) => void revoke(id))}
          rows={[...tokens].reverse()}
          keyOf={({ id }) => id}
        />
      ) : (
        <p class="notice">{words.none}</p>
      )}
      {may("tokens") && !open && (
        <div class="access-after">
          <button class="button button-plain" type="button" onClick={() => setOpen(true)}>
            {words.make}
          </button>
        </div>
      )}
      {open && (
        <TokenForm
          done={(issued) => {
            setMade(issued);
            setOpen(false);
            again();
          }}
          close={() => setOpen(false)}
        />
      )}
    </section>
  );
}

function Shown({ made, done }: { readonly made: IssuedToken; readonly done: () => void }) {
  return (
    <div class="retry access-form" data-token-made>
      <p role="status">{words.shown(made.expires_at)}</p>
      <CopiedField label={words.token} copy={words.copy} text={made.token} awaited />
      <button class="button button-plain" type="button" onClick={done}>
        {words.done}
      </button>
    </div>
  );
}

function columns(busy: boolean, revoke: (id: string) => void): readonly Column<Token>[] {
  return [
    {
      key: "who",
      title: words.name,
      cell: ({ id, name }) => (name === null ? <code class="soft">{id}</code> : <b>{name}</b>),
    },
    { key: "what", title: words.what, cell: (token) => <What token={token} /> },
    {
      key: "may",
      title: words.may,
      cell: ({ role, actions }) => (isRole(role) ? accessText.role[role] : actions.join(", ")),
    },
    {
      key: "began",
      title: words.made,
      cell: ({ made_at: at, made_by: by }) => (
        <>
          <Moment at={at} /> {by !== null && <span class="soft">{words.by(by)}</span>}
        </>
      ),
    },
    { key: "ends", title: words.ends, cell: ({ expires_at: at }) => <Moment at={at} /> },
    {
      key: "act",
      title: accessText.acts,
      untitled: true,
      cell: ({ id }) => (
        <Act
          label={words.revoke}
          explain={words.explainRevoke}
          ask={{ cost: words.costRevoke, danger: true, agree: words.agreeRevoke }}
          busy={busy}
          act={() => revoke(id)}
        />
      ),
    },
  ];
}

function What({ token: { task, root, owner, origin } }: { readonly token: Token }) {
  const id = task ?? root;
  return (
    <>
      {id !== null && (
        <>
          {task === null ? words.workflow : words.task}{" "}
          <a href={href({ page: "task", id })}>
            <code>{id}</code>
          </a>
        </>
      )}
      {id === null && (owner === null ? words.all : words.owner(owner))}
      {origin !== null && <span class="soft"> {words.origin(origin)}</span>}
    </>
  );
}

function isRole(role: string | null): role is keyof typeof accessText.role {
  return role !== null && role in accessText.role;
}
