/** Why a server refuses a token. A browser does not tell a page what was answered when it opened a WebSocket. */

/** A sentence for people; null where the server does not refuse the token, or cannot be reached. */
export async function refusalOf(
  server: string,
  token: string,
  task: string,
): Promise<string | null> {
  const address = new URL(`api/v1/tasks/${encodeURIComponent(task)}`, server.replace(/\/*$/, "/"));
  try {
    const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
    if (answer.status !== 401) return null;
    const said: unknown = await answer.json();
    const detail = (said as { detail?: unknown } | null)?.detail;
    return typeof detail === "string" ? detail : null;
  } catch {
    return null;
  }
}
