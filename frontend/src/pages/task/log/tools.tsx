/** What narrows a log, and takes it elsewhere. */

import type { LogEntry } from "../../../contract/messages";
import { taskText } from "../../../text/task";
import { Copy } from "../../../ui/copy/button";
import type { Part } from "../parts";
import { LEAST_LEVELS, type LeastLevel, type LogFilter, logText } from "./log_lines";

const words = taskText.logTools;

interface Props extends FilterProps {
  /** The only part of the task whose entries are shown; null for all. */
  readonly part: Part | null;
  readonly choose: ((part: Part | null) => void) | undefined;
  /** Shows the end from here on; null while it does. */
  readonly follow: (() => void) | null;
  readonly shown: readonly LogEntry[];
  readonly download: () => void;
}

export function Tools({ part, choose, follow, shown, download, ...rest }: Props) {
  return (
    <div class="tools">
      {part && (
        <button
          class="tool tool-part"
          type="button"
          aria-label={words.wholeInstead(part.name)}
          onClick={() => choose?.(null)}
        >
          <bdi>{part.name}</bdi> ×
        </button>
      )}
      {follow && (
        <button class="copy" type="button" onClick={follow}>
          {taskText.follow}
        </button>
      )}
      <Filter {...rest} />
      <Copy text={() => logText(shown)} label={words.copy} />
      <button class="copy" type="button" title={words.explainDownload} onClick={download}>
        {words.download}
      </button>
    </div>
  );
}

interface FilterProps {
  readonly filter: LogFilter;
  readonly change: (filter: LogFilter) => void;
}

function Filter({ filter, change }: FilterProps) {
  return (
    <>
      <select
        class="tool"
        aria-label={words.level}
        value={filter.least ?? ""}
        onChange={(event) =>
          change({ ...filter, least: (event.currentTarget.value || null) as LeastLevel })
        }
      >
        {LEAST_LEVELS.map((level) => (
          <option key={level} value={level ?? ""}>
            {level === null ? words.all : words.least[level]}
          </option>
        ))}
      </select>
      <input
        class="tool"
        type="search"
        aria-label={words.find}
        placeholder={words.findHint}
        spellcheck={false}
        autocomplete="off"
        value={filter.find}
        onInput={(event) => change({ ...filter, find: event.currentTarget.value })}
      />
    </>
  );
}
