/** A progress bar: filled as far as the task or step is, hatched when its total is unknown. */

interface Props {
  /** 0 to 100; null when unknown. */
  readonly percent: number | null;
  /** What is measured, for screen readers. */
  readonly label: string;
  /** The progress in words, for screen readers. */
  readonly value?: string | undefined;
  readonly size?: "row" | "large" | "step";
  readonly tone?: "running" | "done" | "failed" | "still";
}

export function Bar({ percent, label, value, size = "row", tone = "running" }: Props) {
  const known = percent !== null;
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.floor(percent) : undefined}
      aria-valuetext={value}
      data-size={size}
      data-tone={tone}
      data-unknown={!known && tone === "running" ? true : undefined}
    >
      <div class="bar-fill" style={{ transform: `scaleX(${known ? percent / 100 : 0})` }} />
    </div>
  );
}
