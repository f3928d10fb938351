/**
 * This machine's time, in Unix seconds: as it was when the page was opened, and counted on since.
 * Somebody who sets the clock of the machine meanwhile changes nothing here.
 */
export function machineTime(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}
