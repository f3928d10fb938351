/** The calls of the local mailbox. */

import type { MailArrived, MailContent } from "../contract/generated";
import { call, ROOT } from "./http";

const MAILBOX = "/mailbox";

/** A message in the list. */
export type Arrived = MailArrived;

/** The newest messages, newest first. */
export interface Arrivals {
  readonly messages: readonly Arrived[];
  /** The id of the last message, when there are older ones; null otherwise. */
  readonly next: string | null;
}

export interface Message extends MailArrived, MailContent {}

export function arrivals(limit: number): Promise<Arrivals> {
  return call(`${MAILBOX}?limit=${limit}`);
}

export function message(id: string): Promise<Message> {
  return call(`${MAILBOX}/${encodeURIComponent(id)}`);
}

export function sourceUrl(id: string): string {
  return `${ROOT}${MAILBOX}/${encodeURIComponent(id)}/source`;
}

export function attachmentUrl(id: string, part: number): string {
  return `${ROOT}${MAILBOX}/${encodeURIComponent(id)}/attachments/${part}`;
}

/** The id of the task that sent a message, from the Message-ID; null when another program sent it. Pure. */
export function taskOf(headers: Message["headers"]): string | null {
  const [, id] = headers.find(([name]) => name.toLowerCase() === "message-id") ?? [];
  const [, local] = /^<([^@>]+)@[^@>]+>$/.exec(id ?? "") ?? [];
  if (!local || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.\d+)?$/.test(local)) return null;
  return local;
}
