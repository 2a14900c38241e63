import { Link } from 'react-router';

export function stationPath(identity: string): string {
  return `/station?id=${encodeURIComponent(identity)}`;
}

export function StationLink({ identity }: { identity: string }) {
  return (
    <Link
      to={stationPath(identity)}
      title={`Open ${identity}`}
      className="font-mono text-xs hover:text-accent hover:underline"
      onClick={(event) => event.stopPropagation()}
    >
      {identity}
    </Link>
  );
}
