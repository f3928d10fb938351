/**
 * This machine's time in Unix seconds, as it was when the page was opened and counted on since. Setting the machine's
 * clock afterwards does not change it.
 */
export function machineTime(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}
