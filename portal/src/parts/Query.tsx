/** A read in each of its states: on its way, failed, failed again with older rows beneath, and here. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { serverNow } from '../time/clock';
import { Failed } from './messages';
import { t } from '../i18n';
import { RowSkeletons } from './layout';

/** Shows a read, whatever became of it; a whole `place` has its heading also while it waits. */
export function Loaded<T>({ query, children, place = false }: { query: UseQueryResult<T>; children: (value: T) => ReactNode; place?: boolean }) {
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
  return (
    <>
      {place ? <h1 className="visually-hidden">{t(query.isError ? 'error.failed' : 'state.loading')}</h1> : null}
      {query.isError ? <div style={{ marginBlock: 16 }}><Failed error={query.error} retry={retry} attempt={query.errorUpdateCount} /></div> : <RowSkeletons />}
    </>
  );
}
