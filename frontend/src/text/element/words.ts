/** What an embedded bar says: its words, and those of a page that go before them. */

/** A text for each plural form of a language that differs (CLDR); `other` stands for the rest. */
export type Plural = { readonly other: string } & {
  readonly [Rule in Intl.LDMLPluralRule]?: string;
};

/** `{time}`, `{count}` and `{total}` stand for figures. The keys that are slots as well have their names. */
export interface Words {
  /** What a bar is called that has no other name. */
  readonly label: string;
  /** What a list is called that has no other name. */
  readonly tasks: string;
  readonly connecting: string;
  readonly reconnecting: string;
  readonly unknown: string;
  readonly waiting: string;
  readonly running: string;
  readonly retrying: string;
  readonly retryIn: string;
  readonly succeeded: string;
  readonly succeededIn: string;
  readonly failed: string;
  readonly stopped: string;
  readonly lost: string;
  /** The token counts no longer. */
  readonly expired: string;
  readonly forbidden: string;
  readonly empty: string;
  readonly left: string;
  readonly asOf: string;
  readonly of: string;
  /** So many tasks of a workflow failed. */
  readonly failures: string | Plural;
  /** Stands between two facts. */
  readonly comma: string;
}

export type Key = keyof Words;

/** Words of the page, which go before ours. */
export type OwnWords = { readonly [Each in Key]?: string | Plural };
