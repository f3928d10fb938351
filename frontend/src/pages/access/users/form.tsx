/** The form of a user: a new one, or what is changed of one. */

import { useState } from "preact/hooks";
import type { Role } from "../../../api/me";
import { addUser, changeUser, type KnownUser } from "../../../api/users";
import { accessText } from "../../../text/access/page";
import { ChoiceField, Field, TextField } from "../field";
import { AccessForm } from "../form";
import { madeUp } from "./password";

const words = accessText.users;

interface Props {
  /** Null for a new one. */
  readonly user: KnownUser | null;
  /** The role of one that is added, until another is chosen. */
  readonly usual: Role;
  readonly done: (sentence: string) => void;
  readonly close: () => void;
}

export function UserForm({ user, usual, done, close }: Props) {
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState<Role>(user?.role ?? usual);
  const [owner, setOwner] = useState(user?.owner ?? "");
  const [password, setPassword] = useState("");
  // An admin sees the tasks of all.
  const limit = role === "admin" ? null : owner.trim() || null;
  const send = async () => {
    if (user === null) {
      await addUser({ name, role, owner: limit, password });
      done(words.added(name));
    } else {
      await changeUser(user.name, { role, owner: limit, ...(password && { password }) });
      done(words.changed(user.name));
    }
  };
  return (
    <AccessForm
      title={user ? `${words.change}: ${user.name}` : words.add}
      submit={user ? words.save : words.addIt}
      send={send}
      close={close}
    >
      {!user && <TextField label={words.nameLabel} value={name} change={setName} required />}
      <ChoiceField label={words.roleLabel} value={role} words={accessText.roles} change={setRole} />
      {role !== "admin" && (
        <TextField
          label={words.ownerLabel}
          help={words.ownerHelp}
          value={owner}
          change={setOwner}
        />
      )}
      <PasswordField isNew={user === null} value={password} change={setPassword} />
    </AccessForm>
  );
}

interface PasswordProps {
  /** Whether the user has none yet, so that one is needed. */
  readonly isNew: boolean;
  readonly value: string;
  readonly change: (value: string) => void;
}

/** One that was made up is shown, so that it can be handed on. */
function PasswordField({ isNew, value, change }: PasswordProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      label={isNew ? words.passwordLabel : words.newPasswordLabel}
      help={isNew ? words.passwordHelp : `${words.newPasswordHelp} ${words.passwordHelp}`}
    >
      {(common) => (
        <>
          <input
            {...common}
            {...(shown ? { type: "text", class: "mono" } : { type: "password" })}
            autocomplete="new-password"
            required={isNew}
            value={value}
            onInput={(event) => change(event.currentTarget.value)}
          />
          <button
            class="copy"
            type="button"
            onClick={() => {
              setShown(true);
              change(madeUp());
            }}
          >
            {words.makeUp}
          </button>
        </>
      )}
    </Field>
  );
}
