/** Tasks and messages for tests, from the fields that matter. */

import type { Answer, Frame, LogEntry, Step, Task } from "../../src/contract/messages";

export function task(fields: Partial<Task> & { id: string; offset: number }): Task {
  return {
    name: "jobs.example",
    label: null,
    state: "STARTED",
    queue: "default",
    exchange: null,
    routing_key: null,
    origin: null,
    priority: null,
    worker: "celery@w1",
    release: null,
    args: null,
    kwargs: null,
    retries: 0,
    run: null,
    root_id: null,
    parent_id: null,
    group_id: null,
    retry_of: null,
    launched_by: null,
    retried_as: null,
    revoked_at: null,
    replaced_by: null,
    schedule: null,
    by_hand: null,
    owner: null,
    created_at: null,
    received_at: null,
    started_at: null,
    finished_at: null,
    runtime: null,
    eta: null,
    expires: null,
    percent: null,
    steps: [],
    message: null,
    result: null,
    error: null,
    known_by: ["attach"],
    retried_at: null,
    tries: [],
    earlier_tries: 0,
    first_offset: fields.offset,
    known_at: null,
    ...fields,
  };
}

export function step(fields: Partial<Step> & { key: string }): Step {
  return {
    description: "",
    current: 0,
    total: null,
    unit: "",
    rate: null,
    eta: null,
    done: false,
    started_at: null,
    finished_at: null,
    ...fields,
  };
}

export function answer(fields: Partial<Answer> & { offset: number }): Answer {
  return {
    watch: "w1",
    epoch: "e1",
    tasks: [],
    drop: [],
    totals: {},
    log: [],
    resumed: false,
    live: true,
    now: null,
    watching: null,
    searching: false,
    next: null,
    ...fields,
  };
}

export function frame(fields: Partial<Frame> & { from: number; to: number }): Frame {
  return {
    watch: "w1",
    epoch: "e1",
    put: [],
    drop: [],
    totals: null,
    watching: null,
    searching: false,
    next: null,
    late: 0,
    log: [],
    ...fields,
  };
}

export function line(id: string, message = id): LogEntry {
  return { id, at: 0, kind: "log", level: "info", message };
}
