import {
  type KeyboardEvent,
  memo,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useImperativeHandle,
  useRef,
} from 'react';
import { cx } from '@/lib/class-names';
import { usePhone } from '@/lib/use-media';
import { useRowWindow } from './use-row-window';
import { useShortcuts } from './use-shortcuts';

export interface Column<T> {
  id: string;
  header: ReactNode;
  /** A grid track: "9rem", "minmax(8rem,1fr)". */
  width: string;
  align?: 'right';
  mono?: boolean;
  sortable?: boolean;
  cell: (row: T) => ReactNode;
}

export interface Sort {
  column: string;
  descending: boolean;
}

export interface DataGridProps<T> {
  label: string;
  rows: readonly T[];
  /** Shows only the first so many rows. */
  count?: number;
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  rowVersion?: (row: T) => unknown;
  rowTone?: (row: T) => string | undefined;
  /** One whole row instead of cells: for markers between rows. */
  banner?: (row: T) => ReactNode | null;
  /** The row on a phone: two lines. */
  compact: (row: T) => ReactNode;
  selected?: string | null;
  onSelect?: (row: T) => void;
  onOpen?: (row: T) => void;
  sort?: Sort;
  onSort?: (column: string) => void;
  empty?: ReactNode;
  scrollRef?: RefObject<HTMLDivElement | null>;
  onScroll?: () => void;
  /** Gets the function to call after scrolling the list by `scrollRef`. */
  syncRef?: RefObject<(() => void) | null>;
  onNearEnd?: () => void;
  /** Told which rows are seen, from the first to before the second. */
  onRange?: (from: number, to: number) => void;
}

export const ROW_HEIGHT = 26;
export const COMPACT_HEIGHT = 48;
const HEADER_HEIGHT = 29;

/** The row from `from` on whose number is that of the slot, as often as `pool` is taken away. */
function indexOfSlot(slot: number, from: number, pool: number): number {
  return from + ((slot - (from % pool) + pool) % pool);
}

interface RowViewProps<T> {
  row: T;
  grid: string;
  columns: readonly Column<T>[];
  phone: boolean;
  compact: (row: T) => ReactNode;
  banner?: (row: T) => ReactNode | null;
  version: unknown;
}

function RowCells<T>({ row, grid, columns, phone, compact, banner }: RowViewProps<T>) {
  const whole = banner?.(row);
  if (whole) {
    return (
      <div role="gridcell" aria-colspan={columns.length} className="flex h-full items-center px-3">
        {whole}
      </div>
    );
  }
  if (phone) {
    return (
      <div role="gridcell" className="h-full px-3 py-1">
        {compact(row)}
      </div>
    );
  }
  return (
    <div className="grid h-full items-center" style={{ gridTemplateColumns: grid }} role="presentation">
      {columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={cx(
            'truncate px-2 first:pl-3 last:pr-3',
            column.align === 'right' && 'text-right',
            column.mono && 'font-mono text-xs',
          )}
        >
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

const MemoCells = memo(RowCells) as typeof RowCells;

function HeaderCell<T>({ column, sort, onSort }: { column: Column<T>; sort?: Sort; onSort?: (id: string) => void }) {
  const sorted = sort?.column === column.id;
  const direction = sorted ? (sort.descending ? 'descending' : 'ascending') : undefined;
  return (
    <div
      role="columnheader"
      aria-sort={direction}
      className={cx('truncate px-2 first:pl-3 last:pr-3', column.align === 'right' && 'text-right')}
    >
      {column.sortable && onSort ? (
        <button type="button" className="hover:text-ink" onClick={() => onSort(column.id)}>
          {column.align !== 'right' && column.header}
          {sorted && (
            <span aria-hidden="true" className="px-1 text-accent">
              {sort.descending ? '↓' : '↑'}
            </span>
          )}
          {column.align === 'right' && column.header}
        </button>
      ) : (
        column.header
      )}
    </div>
  );
}

function nextIndex(key: string, index: number, count: number, page: number): number | null {
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return Math.min(count - 1, index + 1);
    case 'ArrowUp':
    case 'k':
      return Math.max(0, index < 0 ? count - 1 : index - 1);
    case 'PageDown':
      return Math.min(count - 1, index + page);
    case 'PageUp':
      return Math.max(0, index - page);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** A table of any length: only what is seen exists in the page. Selection goes by key, never by position. */
export function DataGrid<T>(props: DataGridProps<T>) {
  const { rows, columns, rowKey, selected, onSelect, onOpen, onNearEnd, onRange } = props;
  const count = props.count ?? rows.length;
  const phone = usePhone();
  const own = useRef<HTMLDivElement>(null);
  const scroller = props.scrollRef ?? own;
  const gridId = useId();
  const chosen = useRef<string | null>(null);
  const byMouse = useRef(false);
  const height = phone ? COMPACT_HEIGHT : ROW_HEIGHT;
  const grid = columns.map((column) => column.width).join(' ');
  const { from, to, pool, sync, show } = useRowWindow(scroller, count, height, phone ? 0 : HEADER_HEIGHT);
  useImperativeHandle(props.syncRef, () => sync, [sync]);

  useEffect(() => {
    if (chosen.current === selected) chosen.current = null;
  }, [selected]);

  useEffect(() => {
    if (to > 0 && to >= count - 20) onNearEnd?.();
  }, [to, count, onNearEnd]);
  useEffect(() => onRange?.(from, to), [from, to, onRange]);

  function select(row: T) {
    chosen.current = null;
    onSelect?.(row);
  }

  function chosenIndex(): number {
    // keys repeat faster than the page renders: go on from what was chosen last
    const key = chosen.current ?? selected;
    return key === null || key === undefined ? -1 : rows.findLastIndex((row) => rowKey(row) === key);
  }

  function onKey(event: Pick<KeyboardEvent, 'key' | 'preventDefault'>) {
    if (count === 0) return;
    const index = chosenIndex();
    const current = rows[index];
    if (event.key === 'Enter') {
      if (current) onOpen?.(current);
      return;
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 2);
    const next = nextIndex(event.key, index, count, page);
    const row = next === null ? undefined : rows[next];
    if (next === null || !row) return;
    event.preventDefault();
    chosen.current = rowKey(row);
    onSelect?.(row);
    show(next);
  }

  function onKeyDown(event: KeyboardEvent) {
    const elsewhere = event.key === 'Enter' && event.target !== scroller.current;
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !elsewhere) onKey(event);
  }

  // j and k go through the list wherever the focus is
  useShortcuts({ j: onKey, k: onKey });

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length}
      aria-activedescendant={selected ? `${gridId}${selected}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onScroll={props.onScroll}
      className="scroll-stable relative min-h-0 flex-1"
    >
      <div role="rowgroup" className={cx('sticky top-0 z-10 border-b bg-panel', phone && 'sr-only')}>
        <div
          role="row"
          aria-rowindex={1}
          className="grid h-7 items-center text-xs text-muted"
          style={{ gridTemplateColumns: grid }}
        >
          {columns.map((column) => (
            <HeaderCell key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </div>
      </div>
      {count === 0 && <div role="presentation">{props.empty}</div>}
      <div role="rowgroup" className="relative" style={{ height: count * height }}>
        {Array.from({ length: pool }, (_, slot) => {
          const index = indexOfSlot(slot, from, pool);
          const row = index < to ? rows[index] : undefined;
          if (row === undefined) return null;
          const key = rowKey(row);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keyboard
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: elements stay where they are and show another row; making or moving them costs a multiple
              key={slot}
              id={`${gridId}${key}`}
              role="row"
              tabIndex={-1}
              aria-rowindex={index + 2}
              aria-selected={key === selected}
              // at the press: on a busy list another row is under the mouse when it is let go
              onPointerDown={(event) => {
                byMouse.current = event.pointerType === 'mouse';
                if (byMouse.current && event.button === 0) select(row);
              }}
              onClick={() => {
                if (!byMouse.current) select(row);
              }}
              onDoubleClick={() => onOpen?.(row)}
              className={cx(
                'absolute left-0 w-full border-b border-line/60 [contain:strict]',
                key === selected ? 'bg-tint' : (props.rowTone?.(row) ?? 'hover:bg-panel'),
              )}
              style={{ height, top: index * height }}
            >
              <MemoCells
                row={row}
                grid={grid}
                columns={columns}
                phone={phone}
                compact={props.compact}
                banner={props.banner}
                version={props.rowVersion?.(row)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}
