/** The words of the panel of keys. */

export const keysText = {
  title: "Keys",
  close: "Close",
  /** What each key does. */
  does: {
    search: "Search the tasks",
    palette: "Find anything, do anything",
    next: "To the next task",
    previous: "To the task before",
    open: "Open the task",
    peek: "Look at the task beside the list",
    choose: "Choose the task; Shift and a click choose all between",
    retry: "Run the task again, or those that are chosen",
    leave: "Close, clear the selection, leave a field",
    tasks: "To the tasks",
    launch: "To what can be launched",
    workers: "To the workers",
    queues: "To the queues",
    schedule: "To the schedule",
    now: "To the last hour",
    help: "These keys",
  },
  /** What is written on a key, where that is not what it types. */
  caps: { " ": "Space", Escape: "Esc" } as Readonly<Record<string, string>>,
  control: "Ctrl",
  search: "What can be searched for",
  queries: [
    ["state:failed", "waiting, running, retrying, failed, lost, revoked, done"],
    ["name:resize", "a part of the name; name:images.* a pattern"],
    ["label:acme owner:ann", "what it is called, and whose it is"],
    ["queue:media worker:w1", "where it is"],
    ["release:2.4.1", "the release that ran it"],
    ["error:Timeout", "in the type or message of its error"],
    ["since:2h until:14:30", "times, dates or ages: ended, began to run or to wait"],
    ["ran:>10s waited:>1m", "for how long; tries:>1 how often"],
    ["args.customer:acme", "an argument by its name"],
    ["age:<1h age:>2d", "when it was sent"],
    ["-queue:slow", "all but those"],
    ['late "no such file"', "each word or phrase, anywhere"],
  ] as readonly (readonly [string, string])[],
};
