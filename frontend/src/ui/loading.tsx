/** The words shown while a page or a part of it is loading. */

interface Props {
  readonly words: string;
  /** The heading of the page, when there is nothing else on it yet: screen readers find the page by it. */
  readonly title?: string | undefined;
}

/** The style sheet shows it only after a moment: what is loaded at once needs no announcement. */
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
