/** The words for who looks at the page, and what they may do. */

export const meText = {
  signedInAs: (name: string) => `Signed in as ${name}`,
  shared: "With the shared password",
  role: {
    viewer: "Viewer: sees tasks, and changes nothing.",
    operator: "Operator: launches, revokes, retries and shares tasks.",
    admin: "Admin: may do everything.",
  },
  owner: (owner: string) => `Sees the tasks of ${owner}.`,
  signOut: "Sign out",
  loading: "Loading the page",
  parts: { sessions: "Sessions", users: "Users", tokens: "Tokens", audit: "Audit" },
  notOffered: {
    title: "Not open to you",
    launch: "You may look at tasks, but not launch any.",
    access: "You have no session here, and manage nothing.",
    all: "This page is about the tasks of all, and you see those of one owner.",
  },
} as const;
