import {
  type CSSProperties,
  type KeyboardEvent,
  memo,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useImperativeHandle,
  useMemo,
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
  /** Its cells are never wider than the column: to clip them costs time in each frame of scrolling. */
  fits?: boolean;
  /** Left out while the list is scrolled faster than anybody reads; only for the last columns. */
  late?: boolean;
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

/** What a row does, as functions that stay the same from one rendering to the next. */
interface RowActions<T> {
  press: (event: PointerEvent, row: T) => void;
  click: (row: T) => void;
  open: (row: T) => void;
}

interface RowProps<T> extends Pick<DataGridProps<T>, 'columns' | 'compact' | 'banner'> {
  row: T;
  id: string;
  index: number;
  phone: boolean;
  isSelected: boolean;
  tone: string | undefined;
  version: unknown;
  actions: RowActions<T>;
}

function cellsOf<T>({ row, columns, phone, compact, banner }: RowProps<T>): ReactNode {
  const whole = banner?.(row);
  if (whole) {
    return (
      <div role="gridcell" aria-colspan={columns.length} className="col-span-full flex min-w-0 items-center px-3">
        {whole}
      </div>
    );
  }
  if (phone) {
    return (
      <div role="gridcell" className="col-span-full min-w-0 px-3 py-1">
        {compact(row)}
      </div>
    );
  }
  return columns.map((column) => (
    <div
      key={column.id}
      role="gridcell"
      className={cx(
        'px-2 leading-[25px] whitespace-nowrap first:pl-3 last:pr-3',
        !column.fits && 'overflow-clip text-ellipsis',
        column.late && 'group-data-fast/rows:hidden',
        column.align === 'right' && 'text-right',
        column.mono && 'font-mono text-xs',
      )}
    >
      {column.cell(row)}
    </div>
  ));
}

function Row<T>(props: RowProps<T>) {
  const { row, id, index, phone, isSelected, tone, actions } = props;
  const height = phone ? COMPACT_HEIGHT : ROW_HEIGHT;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keyboard
    <div
      id={id}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      onPointerDown={(event) => actions.press(event, row)}
      onClick={() => actions.click(row)}
      onDoubleClick={() => actions.open(row)}
      className={cx(
        'absolute left-0 grid w-full grid-rows-[100%] border-b border-line/60 [contain:strict]',
        !phone && 'grid-cols-(--tracks)',
        isSelected ? 'bg-tint' : (tone ?? 'hover:bg-panel'),
      )}
      style={{ height, top: index * height }}
    >
      {cellsOf(props)}
    </div>
  );
}

const MemoRow = memo(Row) as typeof Row;

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

/** `chosen` is forgotten with each choice by the mouse. */
function useActions<T>({ onSelect, onOpen }: DataGridProps<T>, chosen: RefObject<string | null>): RowActions<T> {
  const latest = useRef({ onSelect, onOpen });
  latest.current = { onSelect, onOpen };
  return useMemo(() => {
    let byMouse = false;
    const select = (row: T) => {
      chosen.current = null;
      latest.current.onSelect?.(row);
    };
    return {
      // at the press: on a busy list another row is under the mouse when it is let go
      press: (event, row) => {
        byMouse = event.pointerType === 'mouse';
        if (byMouse && event.button === 0) select(row);
      },
      click: (row) => {
        if (!byMouse) select(row);
      },
      open: (row) => latest.current.onOpen?.(row),
    };
  }, [chosen]);
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
  const height = phone ? COMPACT_HEIGHT : ROW_HEIGHT;
  // not in the style of each row: then moving it would have the browser look at all of that style again
  const tracks = { '--tracks': columns.map((column) => column.width).join(' ') } as CSSProperties;
  const { from, to, slots, fast, sync, show } = useRowWindow(scroller, count, height, phone ? 0 : HEADER_HEIGHT);
  useImperativeHandle(props.syncRef, () => sync, [sync]);

  useEffect(() => {
    if (chosen.current === selected) chosen.current = null;
  }, [selected]);

  useEffect(() => {
    if (to > 0 && to >= count - 20) onNearEnd?.();
  }, [to, count, onNearEnd]);
  useEffect(() => onRange?.(from, to), [from, to, onRange]);

  const actions = useActions(props, chosen);

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
      style={tracks}
    >
      <div role="rowgroup" className={cx('sticky top-0 z-10 border-b bg-panel', phone && 'sr-only')}>
        <div role="row" aria-rowindex={1} className="grid h-7 grid-cols-(--tracks) items-center text-xs text-muted">
          {columns.map((column) => (
            <HeaderCell key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </div>
      </div>
      {count === 0 && <div role="presentation">{props.empty}</div>}
      <div
        role="rowgroup"
        data-fast={fast || undefined}
        className="group/rows relative"
        style={{ height: count * height }}
      >
        {slots.map((index, slot) => {
          const row = index < count ? rows[index] : undefined;
          if (row === undefined) return null;
          const key = rowKey(row);
          return (
            <MemoRow
              // biome-ignore lint/suspicious/noArrayIndexKey: elements stay where they are and show another row; making or moving them costs a multiple
              key={slot}
              row={row}
              id={`${gridId}${key}`}
              index={index}
              columns={columns}
              phone={phone}
              isSelected={key === selected}
              tone={props.rowTone?.(row)}
              compact={props.compact}
              banner={props.banner}
              version={props.rowVersion?.(row)}
              actions={actions}
            />
          );
        })}
      </div>
    </div>
  );
}
