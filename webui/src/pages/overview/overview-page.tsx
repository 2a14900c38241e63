import type { Overview } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { Problem } from '@/components/layout';
import { Attention } from './attention';
import { Figures } from './figures';
import { LiveMessages } from './live-messages';
import { Processes } from './processes';
import { RecentSecurity } from './recent-security';

export function OverviewPage() {
  const { data, error, refresh } = useResource<Overview>('overview', undefined, 5000);
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-auto">
      {error && error.status !== 0 && <Problem onRetry={refresh}>{error.message}</Problem>}
      <Figures overview={data} />
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_24rem] divide-x divide-line phone:block max-lg:grid-cols-1 max-lg:divide-x-0">
        <LiveMessages />
        <div className="flex min-h-0 min-w-0 flex-col max-lg:border-t">
          <Attention />
          <RecentSecurity />
          <Processes overview={data} />
        </div>
      </div>
    </div>
  );
}
