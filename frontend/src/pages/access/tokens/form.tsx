/** The form of a token for a program: with a role, for all tasks or for those of an owner. */

import { useState } from "preact/hooks";
import type { Role } from "../../../api/me";
import { type IssuedToken, makeToken } from "../../../api/tokens";
import { accessText } from "../../../text/access/page";
import { ChoiceField, TextField } from "../field";
import { AccessForm } from "../form";

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
  const send = async () => {
    const limit = owner.trim();
    done(
      await makeToken({
        role,
        expires,
        ...(name.trim() && { name: name.trim() }),
        ...(limit && { owner: limit }),
      }),
    );
  };
  return (
    <AccessForm title={words.make} submit={words.makeIt} send={send} close={close}>
      <TextField label={words.nameLabel} help={words.nameHelp} value={name} change={setName} />
      <ChoiceField label={words.roleLabel} value={role} words={accessText.roles} change={setRole} />
      <TextField label={words.ownerLabel} help={words.ownerHelp} value={owner} change={setOwner} />
      <ChoiceField
        label={words.timeLabel}
        value={expires}
        words={words.times}
        change={setExpires}
      />
    </AccessForm>
  );
}
