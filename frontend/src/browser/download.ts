/** Offers content that was made on the page as a file. */
export function save(filename: string, content: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  // Revoked only after the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
