/** A component of which there are many, and which mostly says what it said before: it is drawn again only where that changed. */

import { Component } from "preact";

/**
 * Not by an element that is kept from one drawing to the next (`useMemo`): it holds all that was around it when it was
 * made, and those in turn what was around them.
 */
export abstract class Steady<Props> extends Component<Props> {
  /** Whether it would say something else. */
  protected abstract changes(from: Props, to: Props): boolean;

  override shouldComponentUpdate(next: Props, state: object): boolean {
    const told = state !== this.state; // by a signal that it reads
    return told || this.changes(this.props, next);
  }
}
