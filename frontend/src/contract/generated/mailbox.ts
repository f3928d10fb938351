/**
 * The contract of the server and its clients, as the server's types have it.
 *
 * Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is
 * null.
 */

/** A message of the list. */
export interface MailArrived {
  /** Id of the message. Ids sort by the time of arrival. */
  readonly id: string;
  /** When it arrived, in Unix seconds. */
  readonly at: number;
  /** Its header From. */
  readonly from: string;
  /** Addresses that it was delivered to. */
  readonly to: readonly string[];
  /** Its header Subject. */
  readonly subject: string;
  /** Owner of the task that sent it, where that is one of Phloem's mail jobs; else null. */
  readonly owner: string | null;
  /** Bytes of the whole message. */
  readonly size: number;
}

/** What is attached to a message. */
export interface MailAttachment {
  /** Its number within the message. */
  readonly part: number;
  /** Name to save it under. */
  readonly filename: string;
  /** Its media type, as the message says. */
  readonly content_type: string;
  /** Bytes of its content. */
  readonly size: number;
}

/** What is shown of one message beside what the list has. */
export interface MailContent {
  /** Its headers, each as [name, value]. */
  readonly headers: readonly (readonly [string, string])[];
  /** Its plain text, if it has any. */
  readonly text: string | null;
  /** Whether there is more of the text. */
  readonly clipped: boolean;
  /** What is attached to it. */
  readonly attachments: readonly MailAttachment[];
}
