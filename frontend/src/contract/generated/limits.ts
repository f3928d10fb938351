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

/** The greatest age, in seconds: a hundred years. */
export const OLDEST_SECONDS = 3162240000;

/** Most values of one field of `not`. */
export const VALUES_LIMIT = 50;

/** Most `*` in one field: each can multiply the work of matching. */
export const STARS_LIMIT = 20;

/** Most words and phrases of a search. */
export const WORDS_LIMIT = 20;

/** Most texts in `not.q`, and in `not.error`. */
export const UNWANTED_TEXTS_LIMIT = 10;

/** Most arguments in one query. */
export const ARGUMENTS_LIMIT = 10;

/** Most comparisons of one field. */
export const COMPARISONS_LIMIT = 4;

/**
 * Minutes that are kept, the current one included. They expire whole, so all figures cover the
 * same time.
 */
export const HOUR_MINUTES = 60;
