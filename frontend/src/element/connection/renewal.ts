/** Renews a token before it expires. What gives the next one comes from the page: an address, or a function. */

import { contentOf } from "../../contract/share";

/** Gives the next token; throws, or gives what is no token, where the visitor gets none. */
export type Renew = () => unknown;

/** So long before it expires a token is renewed, or after four fifths of its time if that is later. */
const AHEAD_SECONDS = 60;
/** The pause after an attempt that failed; it doubles with each one, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** The longest wait in one piece: the clock is corrected meanwhile, and a timer takes at most 24 days. */
const LONGEST_WAIT_MS = 3_600_000;

const TOKEN = /^[\w.~-]+$/;

/** When a token expires, in Unix seconds; null for a text that does not say it. */
function expiryOf(token: string | null): number | null {
  const end = contentOf(token)?.exp;
  return typeof end === "number" ? end : null;
}

/** The next token from an address, which answers it as text or as JSON of `token`, to the cookies of the page. */
export async function fetched(address: string): Promise<unknown> {
  const answer = await fetch(new URL(address, document.baseURI), {
    cache: "no-store",
    credentials: "same-origin",
  });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  const text = (await answer.text()).trim();
  return text.startsWith("{") ? (JSON.parse(text) as { token?: unknown }).token : text;
}

/** The token of one connection, over time. */
export class Renewal {
  readonly #now: () => number;
  readonly #renewed: (token: string) => void;
  readonly #failed: () => void;
  readonly #ways = new Set<Renew>();
  #token: string | null;
  /** When the token is to be renewed, in Unix seconds; null while it is not known to expire. */
  #due: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #pause = FIRST_PAUSE_MS;
  /** When this token was given, in Unix seconds; null for the first. */
  #givenAt: number | null = null;
  /** Whether the server refused a token that had just been given: the next one may fare no better. */
  #inVain = false;

  /** `now` is the server's time in Unix seconds. `failed`: nobody gave another token this time. */
  constructor(
    token: string | null,
    now: () => number,
    renewed: (token: string) => void,
    failed: () => void,
  ) {
    this.#now = now;
    this.#renewed = renewed;
    this.#failed = failed;
    this.#token = token;
    this.#measure();
  }

  get token(): string | null {
    return this.#token;
  }

  /** Takes another way to get the next token, until the function that is returned is called. */
  add(renew: Renew): () => void {
    this.#ways.add(renew);
    this.#plan();
    return () => {
      this.#ways.delete(renew);
      this.#plan();
    };
  }

  /** The server does not take the token any more. Returns whether somebody is asked at once for one that may do better. */
  refused(): boolean {
    this.#due = 0;
    this.#inVain =
      this.#givenAt !== null && 1000 * (this.#now() - this.#givenAt) < LONGEST_PAUSE_MS;
    if (this.#ways.size > 0 && !this.#asking)
      this.#plan(this.#pause === FIRST_PAUSE_MS && !this.#inVain ? 0 : this.#pause);
    return this.#ways.size > 0 && !this.#inVain;
  }

  #measure(): void {
    const end = expiryOf(this.#token);
    const left = end === null ? 0 : end - this.#now();
    this.#due = end === null ? null : end - Math.max(0, Math.min(AHEAD_SECONDS, left / 5));
  }

  #plan(pause = 0): void {
    clearTimeout(this.#timer);
    if (this.#due === null || this.#ways.size === 0 || this.#asking) return;
    const wait = Math.max(1000 * (this.#due - this.#now()), pause);
    this.#timer = setTimeout(
      () => (wait > LONGEST_WAIT_MS ? this.#plan() : void this.#ask()),
      Math.min(wait, LONGEST_WAIT_MS),
    );
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const token = await first(this.#ways);
    this.#asking = false;
    if (token !== null && token !== this.#token) {
      this.#token = token;
      this.#measure();
      // A token that is due already must not be renewed without end.
      const early = this.#due !== null && this.#due <= this.#now();
      this.#pause = early || this.#inVain ? longer(this.#pause) : FIRST_PAUSE_MS;
      this.#givenAt = this.#now();
      this.#renewed(token);
    } else {
      this.#failed();
      this.#pause = longer(this.#pause);
    }
    this.#plan(this.#pause);
  }
}

function longer(pause: number): number {
  return Math.min(2 * pause, LONGEST_PAUSE_MS);
}

/** The token of the first way that gives one; null where none does. */
async function first(ways: Iterable<Renew>): Promise<string | null> {
  for (const way of [...ways]) {
    try {
      const token = await way();
      if (typeof token === "string" && TOKEN.test(token)) return token;
    } catch (error) {
      console.warn("<task-progress> got no other token:", error);
    }
  }
  return null;
}
