import { Settings2 } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { logOut, needsNoLogin, useSession } from '@/api/session';
import type { Session } from '@/api/types';
import { changeSettings, type Theme, type TimeZone, useSettings } from '@/lib/settings';
import { IconButton } from './controls';

const ITEM =
  'flex h-7 items-center rounded-sm pr-3 pl-7 text-sm outline-none select-none data-[highlighted]:bg-tint data-[highlighted]:text-accent phone:h-10';
const LABEL = 'px-2 pt-2 pb-1 text-2xs font-semibold text-faint';

interface ChoicesProps<T extends string> {
  label: string;
  value: T;
  options: readonly [T, string][];
  onChange: (value: T) => void;
}

function Choices<T extends string>({ label, value, options, onChange }: ChoicesProps<T>) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
      <DropdownMenu.Label className={LABEL}>{label}</DropdownMenu.Label>
      {options.map(([option, text]) => (
        <DropdownMenu.RadioItem
          key={option}
          value={option}
          className={`${ITEM} relative`}
          onSelect={(event) => event.preventDefault()}
        >
          <DropdownMenu.ItemIndicator className="absolute left-2 text-accent">✓</DropdownMenu.ItemIndicator>
          {text}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

const THEMES: readonly [Theme, string][] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];
const ZONES: readonly [TimeZone, string][] = [
  ['browser', 'This browser'],
  ['UTC', 'UTC'],
];

function Account({ session }: { session: Session }) {
  const { user } = session;
  return (
    <>
      <DropdownMenu.Separator className="my-1 h-px bg-line" />
      {user && (
        <DropdownMenu.Label className={LABEL}>
          {user.name}
          {user.role && user.role !== user.name ? `, ${user.role}` : ''}
        </DropdownMenu.Label>
      )}
      <DropdownMenu.Item className={ITEM} onSelect={() => void logOut()}>
        Log out
      </DropdownMenu.Item>
      <DropdownMenu.Item className={ITEM} onSelect={() => void logOut(true)}>
        Log out everywhere
      </DropdownMenu.Item>
    </>
  );
}

export default function SettingsMenu({ onHelp }: { onHelp: () => void }) {
  const { theme, timeZone } = useSettings();
  const state = useSession();
  const session = state.phase === 'in' ? state.session : null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label="Settings">
          <Settings2 className="size-4" />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-50 min-w-48 rounded-md border border-edge bg-raised p-1 shadow-sm"
        >
          <Choices label="Theme" value={theme} options={THEMES} onChange={(next) => changeSettings({ theme: next })} />
          <Choices
            label="Time zone"
            value={timeZone}
            options={ZONES}
            onChange={(next) => changeSettings({ timeZone: next })}
          />
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.Item className={ITEM} onSelect={onHelp}>
            Keyboard
          </DropdownMenu.Item>
          {session && !needsNoLogin(session) && <Account session={session} />}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
