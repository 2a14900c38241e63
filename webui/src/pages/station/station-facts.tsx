import type { StationDetail } from '@/api/types';
import { Facts, Section } from '@/components/layout';
import { DateTime } from '@/components/time';
import { formatCount, formatProtocol, NONE } from '@/lib/format';
import { closeText } from '@/stations/problems';

function join(...parts: (string | undefined)[]): string {
  return parts.filter(Boolean).join(' ');
}

function text(value: string | number | null | undefined): React.ReactNode {
  const shown = value === undefined || value === null || value === '' ? NONE : String(value);
  return <span title={shown}>{shown}</span>;
}

/** What the station says it is, and how it is connected. */
export function StationFacts({ station }: { station: StationDetail }) {
  const { boot, firmware } = station;
  return (
    <>
      <Section title="Station">
        <Facts
          items={[
            ['Vendor', text(boot?.vendor)],
            ['Model', text(boot?.model)],
            ['Serial number', text(boot?.serialNumber)],
            ['Firmware', text(join(boot?.firmwareVersion, firmware?.status && `(${firmware.status})`))],
            ['Boot', text(station.bootStatus ?? boot?.status)],
          ]}
        />
      </Section>
      <Section title="Connection" className="border-t">
        <Facts
          items={[
            ['Gateway', text(station.gateway)],
            [
              'Address',
              <span key="a" className="font-mono text-xs">
                {station.remoteAddress ?? NONE}
              </span>,
            ],
            ['OCPP', text(formatProtocol(station.protocol))],
            ['Security profile', text(station.securityProfile)],
            ['Connected', <DateTime key="c" at={station.connectedAt} />],
            ['Disconnected', station.disconnectedAt ? <DateTime key="d" at={station.disconnectedAt} /> : NONE],
            ['Closed with', text(closeText(station))],
            [
              'Connects',
              `${formatCount(station.connects)}${station.connectsLastHour === undefined ? '' : `, ${formatCount(station.connectsLastHour)} in the last hour`}`,
            ],
          ]}
        />
      </Section>
    </>
  );
}

/** The last CALLERROR or refused frame. */
export function LastError({ error }: { error: StationDetail['lastError'] }) {
  if (!error) return null;
  return (
    <Section title="Last error" className="border-t">
      <Facts
        items={[
          [
            'Code',
            <span key="c" className="text-bad">
              {error.code || NONE}
            </span>,
          ],
          ['Action', text(error.method)],
          ['Time', <DateTime key="t" at={error.timestamp} />],
        ]}
      />
      {error.description && <p className="px-3 pb-2 break-words text-muted">{error.description}</p>}
    </Section>
  );
}
