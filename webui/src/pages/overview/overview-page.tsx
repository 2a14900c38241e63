import type { Overview } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { Problem } from '@/components/layout';
import { Attention } from './attention';
import { Figures } from './figures';
import { LiveMessages } from './live-messages';
import { Processes } from './processes';
import { RecentSecurity } from './recent-security';
import { useSecurity } from './use-security';

export function OverviewPage() {
  const { data, error, refresh } = useResource<Overview>('overview', undefined, 5000);
  const security = useSecurity();
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-auto">
      <h1 className="sr-only">Overview</h1>
      {error && error.status !== 0 && <Problem onRetry={refresh}>{error.message}</Problem>}
      <Figures overview={data} security={security.total} securityCounts={security.counts} />
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_25rem] divide-x divide-line phone:flex phone:flex-none phone:flex-col phone:divide-x-0 max-lg:grid-cols-1 max-lg:divide-x-0">
        <LiveMessages />
        <div className="flex min-h-0 min-w-0 flex-col max-lg:border-t phone:order-first phone:min-h-fit phone:border-t-0 phone:border-b">
          <Attention overview={data} />
          <RecentSecurity events={security.events} />
          <Processes overview={data} />
        </div>
      </div>
    </div>
  );
}
