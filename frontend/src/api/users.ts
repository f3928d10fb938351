/** The calls that list, add, change and remove users. */

import type { KnownUser } from "../contract/generated";
import { text } from "../text";
import { call, send } from "./http";
import type { Role } from "./me";

export type { KnownUser };

/** What of a user is to be another: an owner goes with a role. */
export interface UserChanges {
  readonly role: Role;
  readonly owner: string | null;
  readonly password?: string;
}

const USERS = "/users";

export async function allUsers(): Promise<readonly KnownUser[]> {
  const { users } = await call<{ readonly users: readonly KnownUser[] }>(USERS);
  return users;
}

export async function addUser(
  user: UserChanges & { readonly name: string; readonly password: string },
): Promise<void> {
  await send("POST", USERS, user, text.problem.undecided);
}

export async function changeUser(name: string, changes: UserChanges): Promise<void> {
  await send("PATCH", `${USERS}/${encodeURIComponent(name)}`, changes, text.problem.undecided);
}

export async function removeUser(name: string): Promise<void> {
  await send("DELETE", `${USERS}/${encodeURIComponent(name)}`, undefined, text.problem.undecided);
}
