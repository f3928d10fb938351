/** What came into a view while nobody looked. Pure. */

/** While the tab is in the background: whether a task came into the view, which is told once. */
export class Absence {
  /** The least number of tasks since the tab left the screen; null until it is known. */
  #least: number | null = null;
  #waits = false;

  /** The tab came to the screen, or left it (`away`) while the view had so many tasks. */
  turn(away: boolean, count: number | null): void {
    this.#waits = away;
    this.#least = count;
  }

  /** Whether this is the first number above the least. */
  isFirst(count: number): boolean {
    if (!this.#waits) return false;
    if (this.#least === null || count <= this.#least) {
      this.#least = count;
      return false;
    }
    this.#waits = false;
    return true;
  }
}
