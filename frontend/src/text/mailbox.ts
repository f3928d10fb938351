/** The words of the mailbox. */

export const mailboxText = {
  title: "Mailbox",
  about: "Mail that jobs send stays here; the local mailbox sends none on.",
  open: "Open the mailbox",
  loading: "Asking for the mail",
  none: "No mail has arrived. What jobs send to the local mailbox appears here.",
  send: "Send a mail",
  choose: "Choose a message.",
  back: "Mailbox",
  from: "From",
  to: "To",
  at: "Arrived",
  task: "Sent by",
  subjectless: "No subject",
  noText: "This message has no plain text. What it has can be downloaded.",
  clipped: "The text goes on; all of it is in the message itself.",
  attachments: "Attachments",
  source: "Download the message",
  headers: "All headers",
  older: "Older",
} as const;
