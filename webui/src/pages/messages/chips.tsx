import { Chip } from '@/components/controls';
import { hasTerm, toggleTerm } from '@/messages/filter';

/** Terms that are wanted often. Noise is what every station sends all day, as long as it is answered well. */
const CHIPS = [
  { label: 'Errors', term: 'type:error', title: 'CALLERRORs only' },
  { label: 'Slow', term: 'latency>500', title: 'Answers that took more than 500 ms' },
  {
    label: 'Commands',
    term: '(dir:out type:CALL,SEND or dir:in type:result,error)',
    title: 'What the gateway asked stations, and their answers',
  },
  {
    label: 'Hide noise',
    term: '-(action:Heartbeat,MeterValues type:CALL,result)',
    title: 'Leaves out Heartbeat and MeterValues, but not their errors',
  },
] as const;

export function Chips({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  return (
    <>
      {CHIPS.map(({ label, term, title }) => (
        <Chip key={term} title={title} pressed={hasTerm(text, term)} onClick={() => onChange(toggleTerm(text, term))}>
          {label}
        </Chip>
      ))}
    </>
  );
}
