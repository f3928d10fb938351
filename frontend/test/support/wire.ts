/** A wire without a network. The test is the server. */

import type { Wire, WireListener } from "../../src/live/wire";

export interface Asked {
  readonly message: string;
  readonly content: Record<string, unknown>;
  /** For how many milliseconds the answer is waited for. */
  readonly within: number;
  readonly reply: (said: unknown) => Promise<void>;
  readonly fail: () => Promise<void>;
}

export class FakeWire implements Wire {
  connected = false;
  renewals = 0;
  listener!: WireListener;
  readonly asked: Asked[] = [];
  readonly told: { message: string; content: unknown }[] = [];

  open(listener: WireListener): void {
    this.listener = listener;
  }

  renew(): void {
    this.renewals += 1;
  }

  tell(message: string, content: unknown): void {
    this.told.push({ message, content });
  }

  ask(message: string, content: unknown, within: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        message,
        content: content as Record<string, unknown>,
        within,
        reply: async (said) => {
          resolve(said);
          await settle();
        },
        fail: async () => {
          reject(new Error("no answer"));
          await settle();
        },
      });
    });
  }

  connect(): void {
    this.connected = true;
    this.listener.up();
  }

  lose(): void {
    this.connected = false;
    this.listener.down();
  }

  /** The questions since the last call. */
  take(message = "watch"): Asked[] {
    const taken = this.asked.filter((asked) => asked.message === message);
    for (const asked of taken) this.asked.splice(this.asked.indexOf(asked), 1);
    return taken;
  }

  /** The only question since the last call. */
  takeOne(message = "watch"): Asked {
    const taken = this.take(message);
    const [first] = taken;
    if (taken.length !== 1 || !first) throw new Error(`asked ${taken.length} times, not once`);
    return first;
  }
}

/** Lets everything continue that waits for a promise. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}
