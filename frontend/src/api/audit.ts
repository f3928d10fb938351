/** The call that reads the audit. */

import type { AuditEntry, AuditPage } from "../contract/generated";
import { text } from "../text";
import { ApiError, call, headersFor, ROOT, sentence } from "./http";

export type { AuditEntry, AuditPage };

/** Which entries are asked for: all that have these texts, in a time of Unix seconds. */
export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly outcome?: string;
  readonly since?: number;
}

/** A page of entries, those that were written last first. `before` is the `next` of the page before it. */
export function auditPage(filter: AuditFilter, before: string | null): Promise<AuditPage> {
  return call(address({ ...filter, ...(before !== null && { before }) }));
}

/**
 * Entries by the time that they tell: counted refusals have that of the last, and are written up to an hour after it.
 */
export function newestFirst(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return [...entries].sort((one, other) => other.at - one.at);
}

/** All entries, one in each line. */
export async function auditLines(filter: AuditFilter): Promise<string> {
  const headers = headersFor("application/x-ndjson");
  const response = await fetch(ROOT + address(filter), { headers }).catch(() => null);
  const lines = await response?.text().catch(() => null);
  if (!response || lines == null) throw new ApiError(0, text.problem.unreachable);
  if (!response.ok) throw new ApiError(response.status, sentence(response.status, null));
  return lines;
}

function address(filter: AuditFilter & { readonly before?: string }): string {
  const asked = Object.entries(filter).filter(([, value]) => value !== undefined && value !== "");
  const query = new URLSearchParams(asked.map(([name, value]) => [name, String(value)]));
  return `/audit?${query}`;
}
