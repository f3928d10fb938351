/** A connection to a server that is the test: before and after its first watch was answered. */

import { Connection } from "../../src/live/connection";
import { Store } from "../../src/live/store";
import { Clock } from "../../src/live/time/clock";
import { answer } from "./tasks";
import { FakeWire } from "./wire";

export const ALL = { view: {} } as const;

export function stage() {
  const wire = new FakeWire();
  const clock = new Clock();
  const connection = new Connection(wire, clock);
  connection.open();
  return { wire, clock, connection, store: new Store((flush) => flush()) };
}

/** Connected, with one watch at offset 10. */
export async function live() {
  const staged = stage();
  const watching = staged.connection.watch(ALL, staged.store);
  staged.wire.connect();
  await staged.wire.takeOne().reply({ ok: true, ...answer({ offset: 10 }) });
  return { ...staged, watching };
}
