/**
 * The contract of the server and its clients, as the server's types have it.
 *
 * Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is
 * null.
 */

export * from "./access";
export * from "./boards";
export * from "./call";
export * from "./limits";
export * from "./mailbox";
export * from "./messages";
export * from "./task";
