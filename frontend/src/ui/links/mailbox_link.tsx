/** The link to the local mailbox, on pages of jobs and tasks that send mail. */

import { session } from "../../api/calls";
import { href } from "../../browser/router";
import type { Task } from "../../contract/messages";
import { text } from "../../text";
import { useOnce } from "../once";

/** Whether a job, or a task of it, is one of the bundled jobs that send mail. */
export function sendsMail({ name }: Pick<Task, "name">): boolean {
  return /^phloem\.jobs\.send_/.test(name ?? "");
}

/** Absent when the server has no local mailbox. */
export function MailboxLink() {
  const { value } = useOnce(session);
  if (!value?.mailbox) return null;
  return (
    <a class="to-mailbox" href={href({ page: "mailbox", id: null })}>
      {text.mailbox.open}
    </a>
  );
}
