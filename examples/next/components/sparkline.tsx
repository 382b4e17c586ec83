import type { ReactNode } from 'react';

/** The last values as a line, from 0 to 1. */
export function Sparkline({ values, length }: { values: readonly number[]; length: number }): ReactNode {
  const start = length - values.length;
  const points = values.map((value, index) => `${start + index},${(1 - Math.min(1, value)).toFixed(3)}`);
  return (
    <svg className="sparkline" viewBox={`0 0 ${length - 1} 1`} preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}
