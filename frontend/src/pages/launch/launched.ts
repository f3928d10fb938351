/** The tasks that were launched from this tab, newest first, with what their forms held; kept in sessionStorage. */

import { type ReadonlySignal, signal } from "@preact/signals-core";
import { beginning } from "../../search/characters";
import type { Draft } from "./draft";
import type { Field } from "./fields";

export interface Earlier {
  /** The id of the task. */
  readonly id: string;
  /** The name of its job. */
  readonly job: string;
  /** What its form held, without secrets and files. */
  readonly raw: Draft["raw"];
}

const STORAGE_KEY = "phloem.launched";
const LAUNCHED_LIMIT = 8;

/** Characters of a form that are kept; of a longer one only the task. */
const RAW_LIMIT = 20_000;

/** Characters. */
const SUMMARY_LIMIT = 80;

function stored(): readonly Earlier[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "[]");
    return Array.isArray(value) ? value.filter(isLaunch).slice(0, LAUNCHED_LIMIT) : [];
  } catch {
    return [];
  }
}

function isLaunch(value: Partial<Earlier> | null): boolean {
  return (
    typeof value?.id === "string" &&
    typeof value.job === "string" &&
    typeof value.raw === "object" &&
    value.raw !== null
  );
}

const launches = signal<readonly Earlier[]>(stored());

export const launched: ReadonlySignal<readonly Earlier[]> = launches;

export function addLaunched(id: string, job: string, raw: Draft["raw"]): void {
  const kept = JSON.stringify(raw).length > RAW_LIMIT ? {} : raw;
  launches.value = [{ id, job, raw: kept }, ...launches.value].slice(0, LAUNCHED_LIMIT);
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(launches.value));
  } catch {
    // Without storage the list holds until the page is closed.
  }
}

/** What may be kept of a form: no secrets, and no files, which have to be chosen again. Pure. */
export function withoutSecrets(form: readonly Field[], raw: Draft["raw"]): Draft["raw"] {
  const kept = form.filter(
    ({ secret, kind }) => !secret && kind !== "upload" && kind !== "uploads",
  );
  return Object.fromEntries(
    kept.flatMap(({ name }) => (name in raw ? [[name, raw[name] ?? ""]] : [])),
  );
}

/** What a form held, in a line. Pure. */
export function summary(raw: Draft["raw"]): string {
  const said = Object.entries(raw).filter(([, value]) => value !== "" && value !== false);
  const line = said.map(([name, value]) => `${name.replace("when.", "")} ${value}`).join(", ");
  return line.length > SUMMARY_LIMIT ? `${beginning(line, SUMMARY_LIMIT)}…` : line;
}
