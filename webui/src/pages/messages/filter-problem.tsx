import type { FilterError } from '@/messages/filter-error';

/** What the server has against the filter, under the place that it means. */
export function FilterProblem({ expression, error }: { expression: string; error: FilterError }) {
  const { offset, text } = error;
  return (
    <div
      role="alert"
      className="absolute top-full left-0 z-30 mt-1 max-w-full rounded-md border border-bad bg-raised px-2 py-1 text-xs shadow-sm"
    >
      {offset !== null && (
        <p className="truncate font-mono text-muted" aria-hidden="true">
          {expression.slice(0, offset)}
          <span className="bg-bad-tint text-bad underline decoration-wavy">{expression.slice(offset) || ' '}</span>
        </p>
      )}
      <p className="text-bad">{text}</p>
    </div>
  );
}
