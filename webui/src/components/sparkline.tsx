import { useMemo } from 'react';

const WIDTH = 120;
const HEIGHT = 28;

function pathOf(values: readonly (number | null)[], slots: number, top: number): string {
  const step = WIDTH / Math.max(1, slots - 1);
  const start = WIDTH - (values.length - 1) * step;
  let path = '';
  let pen = 'M';
  values.forEach((value, index) => {
    if (value === null) {
      pen = 'M';
      return;
    }
    const x = start + index * step;
    const y = HEIGHT - 1 - (top > 0 ? value / top : 0) * (HEIGHT - 3);
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  });
  return path;
}

interface SparklineProps {
  values: readonly (number | null)[];
  /** How many values the full width holds; fewer leave the left side empty instead of stretching. */
  slots: number;
  label: string;
  /** The scale never ends below this, so that noise near zero stays small. */
  floor?: number;
}

export function Sparkline({ values, slots, label, floor = 0 }: SparklineProps) {
  const path = useMemo(() => {
    const shown = values.slice(-slots);
    const top = Math.max(floor, ...shown.map((value) => value ?? 0));
    return pathOf(shown, slots, top);
  }, [values, slots, floor]);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-7 w-full text-accent"
      role="img"
      aria-label={label}
    >
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} className="stroke-line" vectorEffect="non-scaling-stroke" />
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.25" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
