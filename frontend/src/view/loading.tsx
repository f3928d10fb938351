/** Said only when it takes a while: what comes at once needs no announcement. */
export function Loading({ words }: { readonly words: string }) {
  return (
    <p class="loading" role="status">
      {words}
    </p>
  );
}
