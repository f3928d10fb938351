/** The logo: the cross-section of a celery stalk, a crescent with five bundles. The same shape as icon/mark.svg. */

const CRESCENT = "M9.59 2.18A14.6 14.6 0 1 0 30.42 18.46A13.4 13.4 0 0 1 9.59 2.18Z";
const BUNDLES: readonly (readonly [x: number, y: number, r: number])[] = [
  [5.5, 9.06, 1.6],
  [5.55, 16.0, 2],
  [10.15, 22.93, 2.2],
  [17.99, 25.72, 2],
  [24.74, 24.09, 1.6],
];

export function Mark({ hollow = false }: { readonly hollow?: boolean }) {
  return (
    <svg class="mark" data-hollow={hollow || undefined} viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-crescent" d={CRESCENT} />
      {BUNDLES.map(([x, y, r]) => (
        <circle key={x} class="mark-bundle" cx={x} cy={y} r={r} />
      ))}
    </svg>
  );
}
