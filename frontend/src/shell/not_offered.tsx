/** What stands in the place of a page that the user may not see. */

import { HOME, type Route } from "../browser/router";
import { useTitle } from "../browser/title";
import { text } from "../text";
import { Mark } from "../ui/mark";

export function NotOffered({ page }: { readonly page: Route["page"] }) {
  const words = text.me.notOffered;
  useTitle(words.title);
  return (
    <div class="empty">
      <Mark hollow />
      <h1>{words.title}</h1>
      <p>{page === "launch" || page === "access" ? words[page] : words.all}</p>
      <a class="button" href={HOME}>
        {text.nav.tasks}
      </a>
    </div>
  );
}
