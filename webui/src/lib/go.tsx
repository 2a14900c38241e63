import { createContext, type ReactNode, useCallback, useContext, useRef } from 'react';
import { useNavigate } from 'react-router';

const Go = createContext<(path: string) => void>(() => {});

/** Goes to a page by a function that never changes, so that what uses it is not rendered again with each address. */
export function GoProvider({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  const latest = useRef(navigate);
  latest.current = navigate;
  const go = useCallback((path: string) => void latest.current(path), []);
  return <Go value={go}>{children}</Go>;
}

export function useGo(): (path: string) => void {
  return useContext(Go);
}
