/** A call to the server that the user asked for. */

import { useState } from "preact/hooks";
import { problemOf, useProblem } from "./problem";

/** Whether a call is under way, why the last one failed, and `attempt`, which makes one and resolves with whether it succeeded. */
export function useAttempt() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useProblem();
  const attempt = async (call: () => Promise<void>): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    try {
      await call();
      return true;
    } catch (reason) {
      setProblem(problemOf(reason));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, setProblem, attempt };
}
