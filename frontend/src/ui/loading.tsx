interface Props {
  readonly words: string;
  /** Where this is all that a page shows so far: its heading, so that it is found by it from the start. */
  readonly title?: string;
}

/** Said only when it takes a while: what comes at once needs no announcement. */
export function Loading({ words, title }: Props) {
  return (
    <>
      {title && <h1 class="unseen">{title}</h1>}
      <p class="loading" role="status">
        {words}
      </p>
    </>
  );
}
