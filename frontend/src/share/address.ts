/** The token in the address of a page: behind `#`, which no server is told, or in its query. */
export function tokenOf({ hash, search }: { hash: string; search: string }): string | null {
  for (const part of [hash, search]) {
    const token = new URLSearchParams(part.slice(1)).get("token");
    if (token) return token;
  }
  return null;
}
