/**
 * The contract of the server and its clients, as the server's types have it.
 *
 * Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is
 * null.
 */

/**
 * Most entries of one task's log that the record keeps, and that a client holds: `model.log` says
 * which.
 */
export const LOG_LIMIT_ENTRIES = 1000;

/** Steps of one run that are reported; beyond that, the oldest that ended are left out. */
export const STEPS_LIMIT = 100;

/** Most tasks in one view or one page. */
export const ROWS_LIMIT = 200;

/** Most characters of one text. */
export const TEXT_LIMIT_CHARACTERS = 500;

/**
 * Minutes that are kept, the current one included. They expire whole, so all figures cover the
 * same time.
 */
export const HOUR_MINUTES = 60;
