/** The parts of the page: sessions, users, tokens and the audit, as far as the user may see them. */

import "../../styles/opened.css";
import "../../styles/pages/access.css";
import { type AccessPart, href } from "../../browser/router";
import { useTitle } from "../../browser/title";
import { accessParts, me } from "../../me/me";
import { text } from "../../text";
import { accessText as words } from "../../text/access/page";
import { Audit } from "./audit/audit";
import { Sessions } from "./sessions";
import { Tokens } from "./tokens/tokens";
import { Users } from "./users/users";

const PARTS = { sessions: Sessions, users: Users, tokens: Tokens, audit: Audit };

export function Parts({ part }: { readonly part: AccessPart }) {
  const user = me.value;
  const offered = user ? accessParts(user) : [part];
  // The address of the first part is that of the whole page: what it leads to is the first that is offered.
  const shown = offered.includes(part) ? part : (offered[0] ?? part);
  const Shown = PARTS[shown];
  useTitle(text.me.parts[shown]);
  return (
    <div class="access" data-part={shown}>
      <h1>{words.title}</h1>
      <nav class="access-parts" aria-label={words.parts}>
        {offered.map((each) => (
          <a
            key={each}
            href={href({ page: "access", part: each })}
            aria-current={each === shown ? "page" : undefined}
          >
            {text.me.parts[each]}
          </a>
        ))}
      </nav>
      <Shown />
    </div>
  );
}
