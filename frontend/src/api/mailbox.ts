/** The local mailbox, over HTTP. */

import type { MailArrived, MailContent } from "../contract/generated";
import { call } from "./calls";

const MAILBOX = "/mailbox";

/** A message of the list. */
export type Arrived = MailArrived;

export interface Arrivals {
  readonly messages: readonly Arrived[];
  /** The last one, if there are older ones. */
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
  return `/api/v1${MAILBOX}/${encodeURIComponent(id)}/source`;
}

export function attachmentUrl(id: string, part: number): string {
  return `/api/v1${MAILBOX}/${encodeURIComponent(id)}/attachments/${part}`;
}

/** The task that sent a message: our jobs put its id into the Message-ID. Pure. */
export function taskOf(headers: Message["headers"]): string | null {
  const [, id] = headers.find(([name]) => name.toLowerCase() === "message-id") ?? [];
  const [, local] = /^<([^@>]+)@[^@>]+>$/.exec(id ?? "") ?? [];
  if (!local || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.\d+)?$/.test(local)) return null;
  return local;
}
