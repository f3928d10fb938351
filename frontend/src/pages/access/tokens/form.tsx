/** The form of a token for a program: with a role, for all tasks or for those of an owner. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Role } from "../../../api/me";
import { type IssuedToken, makeToken } from "../../../api/tokens";
import { accessText } from "../../../text/access/page";
import { useAttempt } from "../../../ui/attempt";
import { ProblemView } from "../../../ui/problem";
import { ChoiceField, TextField } from "../field";

const words = accessText.tokens;

interface Props {
  readonly done: (made: IssuedToken) => void;
  readonly close: () => void;
}

export function TokenForm({ done, close }: Props) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [owner, setOwner] = useState("");
  const [expires, setExpires] = useState<keyof typeof words.times>("90d");
  const { busy, problem, attempt } = useAttempt();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const make = () =>
    attempt(async () => {
      const limit = owner.trim();
      done(
        await makeToken({
          role,
          expires,
          ...(name.trim() && { name: name.trim() }),
          ...(limit && { owner: limit }),
        }),
      );
    });
  return (
    <form
      ref={form}
      class="retry access-form"
      data-token-form
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <h2>{words.make}</h2>
      <TextField label={words.nameLabel} help={words.nameHelp} value={name} change={setName} />
      <ChoiceField label={words.roleLabel} value={role} words={accessText.roles} change={setRole} />
      <TextField label={words.ownerLabel} help={words.ownerHelp} value={owner} change={setOwner} />
      <ChoiceField
        label={words.timeLabel}
        value={expires}
        words={words.times}
        change={setExpires}
      />
      <div class="retry-answers">
        <button class="button button-asked" type="submit" disabled={busy}>
          {words.makeIt}
        </button>
        <button class="button button-plain" type="button" onClick={close}>
          {accessText.cancel}
        </button>
      </div>
      <ProblemView problem={problem} />
    </form>
  );
}
