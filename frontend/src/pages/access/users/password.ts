/** Passwords that nobody guesses, and that can be read to somebody. */

/** Without what looks alike: 0 and o, 1 and l and i. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 5;
const GROUP = 4;

/** 20 characters of 31 kinds, in groups: 99 bits. */
export function madeUp(): string {
  const letters = Array.from({ length: GROUPS * GROUP }, () => LETTERS[below(LETTERS.length)]);
  const groups = Array.from({ length: GROUPS }, (_, i) =>
    letters.slice(i * GROUP, (i + 1) * GROUP),
  );
  return groups.map((group) => group.join("")).join("-");
}

/** A number from 0 to `limit` - 1, each as likely as any other. */
function below(limit: number): number {
  const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
  return byte < 256 - (256 % limit) ? byte % limit : below(limit);
}
