/** A read in each of its states: on its way, failed, failed again with older rows beneath, and here. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { serverNow } from '../time/clock';
import { Failed } from './messages';
import { RowSkeletons } from './layout';

/** Shows a read, whatever became of it. */
export function Loaded<T>({ query, children, skeleton }: { query: UseQueryResult<T>; children: (value: T) => ReactNode; skeleton?: ReactNode }) {
  const retry = () => void query.refetch();
  const offset = serverNow() - Date.now();
  if (query.data !== undefined) {
    return (
      <>
        {query.isError ? (
          <div style={{ marginBlock: 16 }}>
            <Failed error={query.error} retry={retry} since={query.dataUpdatedAt + offset} attempt={query.errorUpdateCount} />
          </div>
        ) : null}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <Failed error={query.error} retry={retry} attempt={query.errorUpdateCount} />;
  return skeleton ?? <RowSkeletons />;
}
