import { Modal } from './modal';

const KEYS: readonly [string, string][] = [
  ['j k, arrows', 'Next and previous row'],
  ['Home, End', 'First and last row'],
  ['Enter', 'Open the row'],
  ['Ctrl-K', 'Go to a page or a station'],
  ['/', 'Filter or search'],
  ['Space', 'Pause and follow'],
  ['Esc', 'Close what is open'],
  ['?', 'This list'],
];

export function KeyboardHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal open={open} title="Keyboard" onClose={onClose}>
      <h2 className="border-b bg-panel px-4 py-2 font-semibold">Keyboard</h2>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5 px-4 py-3">
        {KEYS.map(([key, text]) => (
          <div key={key} className="contents">
            <dt className="font-mono text-xs leading-5">{key}</dt>
            <dd className="text-muted">{text}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
