/** Shares a task: makes a token that shows it, and hands it out as a link or a tag. */

import { useId, useState } from "preact/hooks";
import { type IssuedToken, makeToken, revokeToken } from "../../../api/tokens";
import type { Task } from "../../../contract/messages";
import { PREFIX } from "../../../site/prefix";
import { text } from "../../../text";
import { shareText } from "../../../text/access/share";
import { useAttempt } from "../../../ui/attempt";
import { CopiedField } from "../../../ui/copy/field";
import { ProblemView } from "../../../ui/problem";

const words = shareText;

type Time = keyof typeof words.times;

const TIMES = Object.keys(words.times) as readonly Time[];

interface Props {
  readonly task: Task;
  readonly close: () => void;
}

export function ShareForm({ task, close }: Props) {
  const [workflow, setWorkflow] = useState(false);
  const [expires, setExpires] = useState<Time>("1d");
  const [made, setMade] = useState<{ readonly workflow: boolean } & IssuedToken>();
  const { busy, problem, attempt } = useAttempt();
  const time = useId();
  const make = () =>
    attempt(async () => {
      const whole = workflow && task.root_id !== null ? { root: task.root_id } : { task: task.id };
      setMade({ workflow, ...(await makeToken({ ...whole, expires })) });
    });
  if (made) return <Made id={task.id} made={made} close={close} />;
  return (
    <form
      class="retry"
      data-share
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <p class="soft">{text.share.explain}</p>
      {task.root_id !== null && (
        <fieldset class="choices">
          <legend>{words.what}</legend>
          <Choice label={words.task} chosen={!workflow} choose={() => setWorkflow(false)} />
          <Choice label={words.workflow} chosen={workflow} choose={() => setWorkflow(true)} />
        </fieldset>
      )}
      <div class="field">
        <label for={time}>{words.howLong}</label>
        <select
          id={time}
          value={expires}
          onChange={(event) => setExpires(event.currentTarget.value as Time)}
        >
          {TIMES.map((each) => (
            <option key={each} value={each}>
              {words.times[each]}
            </option>
          ))}
        </select>
      </div>
      <div class="retry-answers">
        <button class="button button-asked" type="submit" disabled={busy}>
          {words.make}
        </button>
        <button class="button button-plain" type="button" onClick={close}>
          {text.answer.cancel}
        </button>
      </div>
      <ProblemView problem={problem} />
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly chosen: boolean;
  readonly choose: () => void;
}

function Choice({ label, chosen, choose }: ChoiceProps) {
  return (
    <label>
      <input type="radio" name="share-what" checked={chosen} onChange={choose} />
      {label}
    </label>
  );
}

interface MadeProps {
  readonly id: string;
  readonly made: { readonly workflow: boolean } & IssuedToken;
  readonly close: () => void;
}

function Made({ id, made, close }: MadeProps) {
  const [revoked, setRevoked] = useState(false);
  const { busy, problem, attempt } = useAttempt();
  const root = `${location.origin}${PREFIX}`;
  const revoke = () =>
    attempt(async () => {
      await revokeToken(made.id);
      setRevoked(true);
    });
  return (
    <div class="retry" data-shared>
      <p role="status">{revoked ? words.revoked : words.shows(made.workflow, made.expires_at)}</p>
      {!revoked && (
        <>
          <CopiedField
            label={words.link}
            copy={words.copyLink}
            text={`${root}/share#token=${made.token}`}
            awaited
          />
          {!made.workflow && (
            <CopiedField label={words.tag} copy={words.copyTag} text={tag(root, id, made.token)} />
          )}
        </>
      )}
      <div class="retry-answers">
        <button class="button button-plain" type="button" onClick={close}>
          {words.close}
        </button>
        {!revoked && (
          <button class="button button-plain" type="button" disabled={busy} onClick={revoke}>
            {words.revoke}
          </button>
        )}
      </div>
      <ProblemView problem={problem} />
    </div>
  );
}

/** The script and the element, for the page of an origin that may connect. */
function tag(root: string, id: string, token: string): string {
  const task = id.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<script src="${root}/embed.js" defer></script><task-progress task="${task}" token="${token}"></task-progress>`;
}
