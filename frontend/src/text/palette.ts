/** The words of the list of commands. */

export const paletteText = {
  title: "Find anything, do anything",
  hint: "A task, job, queue, worker, page, view or command",
  loading: "Loading",
  group: {
    commands: "Commands",
    pages: "Pages",
    views: "Views",
    jobs: "Launch",
    queues: "Queues",
    workers: "Workers",
    tasks: "Tasks",
  },
  search: (typed: string) => `Search the tasks for “${typed}”`,
  theme: "Change the theme",
  keys: "Show the keys",
  density: (compact: boolean) => (compact ? "Airy rows" : "Compact rows"),
};
