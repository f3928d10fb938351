/** The menu of the user: who is signed in, what they may do, and signing out. */

import type { Me } from "../api/me";
import { href } from "../browser/router";
import { connection } from "../live/hooks";
import { accessParts, me } from "../me/me";
import { PREFIX } from "../site/prefix";
import { text } from "../text";
import { Menu } from "../ui/menu";

/** Absent where the server asks nobody who they are, and while the user is signed out. */
export function MeMenu() {
  const user = me.value;
  const link = connection.link.value;
  if (!user || user.kind === "open" || (link.kind === "reconnecting" && link.denied)) return null;
  const words = text.me;
  const name = user.name === null ? words.shared : words.signedInAs(user.name);
  return (
    <Menu
      label={<Label user={user} />}
      name={name}
      kind={user.name === null ? "quiet icon-button" : "quiet me"}
    >
      {(close) => (
        <>
          <p class="menu-words me-rights">
            <b>{name}</b>
            <span class="soft">{rights(user)}</span>
          </p>
          {accessParts(user).map((part) => (
            <a
              key={part}
              class="menu-item"
              href={href({ page: "access", part })}
              onClick={() => close()}
            >
              {words.parts[part]}
            </a>
          ))}
          {user.kind === "session" && <SignOut />}
        </>
      )}
    </Menu>
  );
}

function Label({ user }: { readonly user: Me }) {
  return (
    <>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle class="theme-disc" cx="8" cy="5.5" r="2.75" />
        <path class="theme-disc" d="M2.75 14.25a5.25 5.25 0 0 1 10.5 0" />
      </svg>
      {user.name !== null && <span class="me-name">{user.name}</span>}
    </>
  );
}

function rights({ roles, owner }: Me): string {
  const role = roles.at(-1);
  const words = text.me;
  return [role && words.role[role], owner !== null && words.owner(owner)].filter(Boolean).join(" ");
}

/** A form, so that the browser follows the redirect of the answer. */
function SignOut() {
  return (
    <form method="post" action={`${PREFIX}/sign-out`}>
      <button class="menu-item" type="submit">
        {text.me.signOut}
      </button>
    </form>
  );
}
