/** The jobs that can be launched, and the field that narrows them. */

import { useState } from "preact/hooks";
import { go, href } from "../../browser/router";
import type { RegisteredJob } from "../../contract/generated";
import { shortName } from "../../text/format";
import { launchText, paragraphs } from "../../text/launch";

/** Fewer are seen at a glance. */
const FILTERED = 5;

interface Props {
  readonly jobs: readonly RegisteredJob[];
  readonly chosen: RegisteredJob | undefined;
}

export function Jobs({ jobs, chosen }: Props) {
  const [typed, setTyped] = useState("");
  const fitting = narrowed(jobs, typed);
  return (
    <nav class="launch-jobs" id="jobs" aria-label={launchText.jobs}>
      {jobs.length >= FILTERED && (
        <form
          class="search"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            const [first] = fitting;
            if (first) go(address(first));
          }}
        >
          <input
            type="search"
            aria-label={launchText.find}
            aria-keyshortcuts="/"
            placeholder={launchText.find}
            autocomplete="off"
            spellcheck={false}
            value={typed}
            data-search
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </form>
      )}
      {fitting.length === 0 && (
        <p class="soft" role="status">
          {launchText.noneFits}
        </p>
      )}
      <ul class="jobs">
        {fitting.map((job) => (
          <li key={job.name}>
            <a
              class="job"
              href={address(job)}
              title={job.name}
              data-job={job.name}
              aria-current={job === chosen ? "true" : undefined}
            >
              <b>{shortName(job.name)}</b>
              <span>{paragraphs(job.doc)[0]}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function address(job: RegisteredJob): string {
  return href({ page: "launch", job: job.name });
}

/** The jobs that have every word in their name or in what they say of themselves. Pure. */
export function narrowed(jobs: readonly RegisteredJob[], typed: string): readonly RegisteredJob[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ name, doc }: RegisteredJob) => {
    const all = `${name} ${doc}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
  return jobs.filter(fits);
}
