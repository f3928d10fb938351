/** The words of the panel of keys. */

export const keysText = {
  title: "Keys",
  close: "Close",
  list: [
    [["/"], "Search the tasks"],
    [["j", "k"], "To the next task and the one before"],
    [["Enter"], "Open the task"],
    [["x"], "Choose the task; Shift and a click choose all between"],
    [["Esc"], "Close, choose none, leave a field"],
    [["g", "t"], "To the tasks"],
    [["?"], "These keys"],
  ] as readonly (readonly [readonly string[], string])[],
  launch: [["g", "l"], "To what can be launched"] as readonly [readonly string[], string],
  search: "What can be searched for",
  queries: [
    ["state:failed", "waiting, running, retrying, failed, lost, revoked, done"],
    ["name:resize", "a part of the name; name:images.* a pattern"],
    ["queue:media worker:w1", "where it is"],
    ["owner:ann", "whose it is"],
    ["age:<1h age:>2d", "younger or older than that"],
    ["-queue:slow", "all but those"],
    ['"no such file"', "words in names, ids, arguments and last words"],
  ] as readonly (readonly [string, string])[],
};
