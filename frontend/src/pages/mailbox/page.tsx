/** The mailbox: what arrived, and one message of it. */

import { text } from "../../text";
import { Later, later } from "../../ui/later";

const load = later(() => import("./messages"));

export function Mailbox({ id }: { readonly id: string | null }) {
  return (
    <Later
      load={load}
      show={({ Messages }) => <Messages id={id} />}
      title={text.mailbox.title}
      words={text.mailbox.loading}
    />
  );
}
