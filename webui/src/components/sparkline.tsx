import { useMemo } from 'react';
import { cx } from '@/lib/class-names';

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
  /** A fainter line on the same scale. */
  second?: readonly (number | null)[];
  /** How many values the full width holds; fewer leave the left side empty instead of stretching. */
  slots: number;
  label: string;
  /** The scale never ends below this, so that noise near zero stays small. */
  floor?: number;
  className?: string;
}

const NO_VALUES: readonly (number | null)[] = [];

export function Sparkline({ values, second = NO_VALUES, slots, label, floor = 0, className = 'h-7' }: SparklineProps) {
  const [path, faint] = useMemo(() => {
    const [shown, below] = [values.slice(-slots), second.slice(-slots)];
    const top = Math.max(floor, ...[...shown, ...below].map((value) => value ?? 0));
    return [pathOf(shown, slots, top), pathOf(below, slots, top)];
  }, [values, second, slots, floor]);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cx('w-full text-accent', className)}
      role="img"
      aria-label={label}
    >
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} className="stroke-line" vectorEffect="non-scaling-stroke" />
      {faint && <path d={faint} fill="none" className="stroke-faint" vectorEffect="non-scaling-stroke" />}
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.25" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
